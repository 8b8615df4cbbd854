import { Readable } from "node:stream";
import type { RunIo } from "../ports.ts";
import type { TerminalSize } from "../system/terminal.ts";
import { readInputFrames } from "./wire.ts";

/** The streams of a client whose output is a terminal of this size, and whose input comes in frames. */
export function terminalIo({ stdin, stdout, stderr }: RunIo, size: TerminalSize): RunIo {
  const screen = Object.assign(stdout, { isTTY: true, ...size });
  async function* typed(frames: Readable): AsyncGenerator<Buffer> {
    for await (const frame of readInputFrames(frames)) {
      if ("in" in frame) {
        yield Buffer.from(frame.in, "base64");
      } else {
        const { columns, rows } = frame.size;
        Object.assign(screen, { columns, rows }).emit("resize");
      }
    }
  }
  return {
    stdin: stdin === null ? null : Readable.from(typed(stdin), { objectMode: false }),
    stdout: screen,
    stderr,
  };
}
