import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { jsonLines } from "../../../src/engine/client/stream.ts";
import { leastProcessorMs } from "../../support/processor-time.ts";

/** One piece after the other, as they come from a socket: together, they would be one. */
class Answer extends IncomingMessage {
  readonly #pieces: Iterator<Buffer>;

  constructor(pieces: readonly Buffer[]) {
    super(new Socket());
    this.#pieces = pieces.values();
  }

  override _read(): void {
    setImmediate(() => this.push(this.#pieces.next().value ?? null));
  }
}

function inPieces(text: string, size: number): Buffer[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
}

async function read(pieces: readonly Buffer[]): Promise<unknown[]> {
  const objects: unknown[] = [];
  for await (const object of jsonLines(new Answer(pieces))) {
    objects.push(object);
  }
  return objects;
}

it.each([2, 3, 7, 1_000])(
  "finds the objects wherever the pieces of %i bytes are cut",
  async (size) => {
    const text = '{"stream":"é"}\n\r\n{"aux":{"ID":1}}\r\n\n{"error":"no end"}';
    const objects = [{ stream: "é" }, { aux: { ID: 1 } }, { error: "no end" }];
    expect(await read(inPieces(text, size))).toEqual(objects);
    expect(await read(inPieces(`${text}\n`, size))).toEqual(objects);
  },
);

it("says that an answer which breaks off in an object is none", async () => {
  await expect(read([Buffer.from('{"stream":"a"}\n{"str')])).rejects.toThrow(SyntaxError);
});

it("takes a long object in many pieces without searching all of it each time", async () => {
  const size = 8 * 2 ** 10;
  const line = `"${"x".repeat(size - 3)}"\n`;
  const long = inPieces(`"${"x".repeat(8 * 2 ** 20)}"`, size);
  const short = inPieces(line.repeat(long.length), size);
  expect(await read(long)).toHaveLength(1);
  // The same where each piece is an object; some fifty times that where it is searched from its beginning each time.
  const longMs = await leastProcessorMs(3, () => read(long));
  expect(longMs).toBeLessThan(10 * (await leastProcessorMs(3, () => read(short))));
});
