import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { domainTaken, noSuchApp } from "../../src/errors.ts";
import {
  encodeFrame,
  type Frame,
  fromWireError,
  readFrames,
  toWireError,
} from "../../src/web/wire.ts";

async function read(chunks: readonly Uint8Array[]): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of readFrames(
    (async function* () {
      yield* chunks;
    })(),
  )) {
    frames.push(frame);
  }
  return frames;
}

describe("readFrames", () => {
  it("reads the same frames however the bytes are cut", async () => {
    const frame = fc.oneof(
      fc.record({ line: fc.string({ unit: "grapheme" }) }),
      fc.record({ result: fc.jsonValue() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame), fc.array(fc.nat(400)), async (frames, cuts) => {
        const bytes = Buffer.from(frames.map(encodeFrame).join(""));
        const at = [
          0,
          ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b),
          bytes.length,
        ];
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const wanted: unknown = JSON.parse(JSON.stringify(frames));
        expect(await read(chunks)).toEqual(wanted);
      }),
    );
  });

  it("reads a character that two chunks share", async () => {
    const bytes = Buffer.from('{"line":"🚀"}\n');
    const middle = bytes.indexOf(0xf0) + 2;
    expect(await read([bytes.subarray(0, middle), bytes.subarray(middle)])).toEqual([
      { line: "🚀" },
    ]);
  });

  it("takes a last line without a line break, and skips blank ones", async () => {
    expect(await read([Buffer.from('\n{"line":"a"}\n\n{"result":null}')])).toEqual([
      { line: "a" },
      { result: null },
    ]);
  });

  it.each(['{"line":"a', "[]\n", '{"other":1}\n', "no such app\n"])("refuses %j", async (text) => {
    await expect(read([Buffer.from(text)])).rejects.toThrow(SyntaxError);
  });

  it("keeps a line break inside a line on the one line of its frame", () => {
    expect(encodeFrame({ line: "a\nb" }).split("\n")).toHaveLength(2);
  });
});

describe("errors on the wire", () => {
  it.each([domainTaken("a.example", "blog", "shop"), noSuchApp("bolg", null)])(
    "come back whole",
    async (error) => {
      const [frame] = await read([Buffer.from(encodeFrame({ error: toWireError(error) }))]);
      expect(frame !== undefined && "error" in frame && fromWireError(frame.error)).toEqual(error);
    },
  );
});
