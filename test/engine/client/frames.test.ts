import { expect, it } from "vitest";
import { frames, linesOf } from "../../../src/engine/client/frames.ts";
import { formatBytes } from "../../../src/system/format-bytes.ts";

function frame(channel: 1 | 2 | 3, text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = channel;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

async function linesIn(bytes: Buffer, size: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(frames(inPieces(bytes, size)))) {
    lines.push(line);
  }
  return lines;
}

const bytes = Buffer.concat([
  frame(1, "one\ntw"),
  frame(2, "problem é"),
  frame(1, "o\r\n"),
  frame(1, ""),
  frame(2, "!\n\n"),
  frame(1, "end"),
]);

it.each([1, 3, 7, 1_000])("finds lines wherever the pieces of %i bytes are cut", async (size) => {
  expect(await linesIn(bytes, size)).toEqual(["one", "two", "problem é!", "", "end"]);
});

it("has Docker's own words in the middle of a log", async () => {
  const broken = Buffer.concat([frame(1, "one\n"), frame(3, "Error grabbing logs\n")]);
  expect(await linesIn(broken, 1_000)).toEqual(["one", "Error grabbing logs"]);
});

it.each(["hello there\r\n", "\u0001hello there\r\n", "\u0004\0\0\0\0\0\0\u0001x"])(
  "refuses what has no frames: %j",
  async (text) => {
    await expect(linesIn(Buffer.from(text), 5)).rejects.toThrow("not made of frames");
  },
);

it("cuts a line that never ends", async () => {
  const endless = Buffer.concat(Array.from({ length: 20 }, () => frame(1, "x".repeat(30_000))));
  const lines = await linesIn(endless, 100_000);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join("")).toHaveLength(600_000);
});

it.each([
  [0, "0 bytes"],
  [1023, "1023 bytes"],
  [1024, "1 KiB"],
  [1.5 * 2 ** 30, "1.5 GiB"],
  [300 * 2 ** 20, "300 MiB"],
])("writes %i as %s", (count, text) => expect(formatBytes(count)).toBe(text));
