import type { Writable } from "node:stream";

/** In characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** An output that is a terminal, with the words Node has for its own; it emits `resize` when its size has changed. */
export interface TerminalOutput extends Writable, TerminalSize {
  readonly isTTY: boolean;
}

export function isTerminal(output: Writable): output is TerminalOutput {
  return (
    "isTTY" in output &&
    output.isTTY === true &&
    "columns" in output &&
    typeof output.columns === "number" &&
    "rows" in output &&
    typeof output.rows === "number"
  );
}
