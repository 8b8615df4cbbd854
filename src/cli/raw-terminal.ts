import { Transform } from "node:stream";
import { runInForeground } from "../system/foreground.ts";
import { isTerminal } from "../system/terminal.ts";
import { encodeInputFrame } from "../web/wire.ts";
import type { Terminal } from "./terminal.ts";

/** octo's own terminal, lent to a command somewhere else. */
export interface LentTerminal {
  readonly size: { readonly columns: number; readonly rows: number };
  /** What is typed and each new size, as the daemon reads them. */
  readonly frames: Transform;
  /** Keys go to the command one by one from now on, Ctrl-C among them, and what it writes is shown as it is. */
  begin(): Promise<void>;
  /** The terminal is as it was. Safe to call again. */
  giveBack(): void;
}

/** Null where octo has no terminal, or only half of one. */
export function lendTerminal({ stdin, stdout }: Terminal): LentTerminal | null {
  if (stdin.isTTY !== true || !isTerminal(stdout)) {
    return null;
  }
  const frames = new Transform({
    transform: (typed: Buffer, _encoding, done) =>
      done(null, encodeInputFrame({ in: typed.toString("base64") })),
  });
  const size = () => ({ columns: stdout.columns, rows: stdout.rows });
  const resized = () => {
    if (!frames.writableEnded && !frames.destroyed) {
      frames.push(encodeInputFrame({ size: size() }));
    }
  };
  let isRaw = false;
  stdout.on("resize", resized);
  stdin.pipe(frames);
  return {
    size: size(),
    frames,
    begin: async () => {
      if (!isRaw) {
        isRaw = true;
        stdin.setRawMode?.(true);
        // Node's raw mode still makes CR LF of each LF, by which editors mean "one line down" and no more.
        await runInForeground("stty", ["-opost"]);
      }
    },
    giveBack: () => {
      stdout.off("resize", resized);
      stdin.unpipe(frames);
      if (isRaw) {
        isRaw = false;
        stdin.setRawMode?.(false);
      }
      // Otherwise octo would wait for the next key.
      stdin.destroy();
    },
  };
}
