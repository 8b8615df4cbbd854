import { type FileHandle, open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";

const blockSize = 64 * 1024;
const newline = 0x0a;

/** Reads complete lines of an open file from `position` to its present end; a last, unfinished line waits for its rest. */
export class LineReader {
  readonly file: FileHandle;
  #position: number;
  #rest = "";
  readonly #decoder = new StringDecoder("utf8");

  constructor(file: FileHandle, position = 0) {
    this.file = file;
    this.#position = position;
  }

  async *lines(): AsyncGenerator<string> {
    const block = Buffer.alloc(blockSize);
    for (;;) {
      const { bytesRead } = await this.file.read(block, 0, blockSize, this.#position);
      if (bytesRead === 0) {
        return;
      }
      this.#position += bytesRead;
      const lines = (this.#rest + this.#decoder.write(block.subarray(0, bytesRead))).split("\n");
      this.#rest = lines.pop() ?? "";
      yield* lines;
    }
  }
}

/**
 * Where the last `count` lines of a file begin, read backwards from its end: a log may be large.
 * @returns the offset, and how many lines there really are behind it
 */
export async function lastLines(
  path: string,
  count: number,
): Promise<{ offset: number; count: number }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (count === 0 || size === 0) {
      return { offset: size, count: 0 };
    }
    const block = Buffer.alloc(blockSize);
    let found = 0;
    let end = size;
    while (end > 0) {
      const begin = Math.max(0, end - blockSize);
      const { bytesRead } = await file.read(block, 0, end - begin, begin);
      for (let index = bytesRead - 1; index >= 0; index--) {
        // The newline that ends the last line begins none.
        if (block[index] === newline && begin + index !== size - 1 && ++found === count) {
          return { offset: begin + index + 1, count };
        }
      }
      end = begin;
    }
    return { offset: 0, count: found + 1 };
  } finally {
    await file.close();
  }
}
