import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { parseStat, processStat } from "../../src/receiver/process-stat.ts";

it("finds parent and start time, whatever the program is called", () => {
  const fields = Array.from({ length: 30 }, (_, at) => String(at + 5));
  expect(parseStat(`7 (a) b) (c) S 42 ${fields.join(" ")}`)).toEqual({
    parent: 42,
    startedAt: "22",
  });
  expect(parseStat(`7 (gone) Z 42 ${fields.join(" ")}`)).toBeNull();
  expect(parseStat("")).toBeNull();
});

it("is null for a process that has ended", async () => {
  const child = spawn("true");
  await once(child, "exit");
  expect(processStat(child.pid ?? 0)).toBeNull();
  expect(processStat(process.pid)?.parent).toBe(process.ppid);
});
