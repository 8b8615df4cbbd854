import { Writable } from "node:stream";
import { lineCutter } from "../../system/cut-lines.ts";

/** Hands on what is written to it line by line; a line of more than 256 KiB comes in parts. */
export function lineWriter(onLine: (line: string) => void): Writable {
  const cutter = lineCutter();
  return new Writable({
    decodeStrings: false,
    write(chunk: Buffer | string, _encoding, done) {
      cutter.add(chunk.toString()).forEach(onLine);
      done();
    },
    final(done) {
      cutter.end().forEach(onLine);
      done();
    },
  });
}
