import { finished } from "node:stream/promises";
import { expect, it } from "vitest";
import { lineWriter } from "../../src/deploy/story/line-writer.ts";

it("hands on lines, and one without an end in parts", async () => {
  const lines: string[] = [];
  const writer = lineWriter((line) => lines.push(line));
  writer.write("first\nsec");
  writer.write(Buffer.from("ond\n"));
  for (let part = 0; part < 20; part += 1) {
    writer.write("x".repeat(64 * 1024));
  }
  const cut = lines.length;
  writer.end();
  await finished(writer);
  expect(lines.slice(0, 2)).toEqual(["first", "second"]);
  expect(cut).toBeGreaterThan(2);
  expect(lines.slice(2).join("")).toBe("x".repeat(20 * 64 * 1024));
});
