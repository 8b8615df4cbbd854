import { Writable } from "node:stream";

/** Hands on what is written to it line by line. */
export function lineWriter(onLine: (line: string) => void): Writable {
  let rest = "";
  return new Writable({
    decodeStrings: false,
    write(chunk: Buffer | string, _encoding, done) {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(onLine);
      done();
    },
    final(done) {
      if (rest !== "") {
        onLine(rest);
      }
      done();
    },
  });
}
