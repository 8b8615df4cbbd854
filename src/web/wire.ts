import { type ErrorCode, GokuError } from "../errors.ts";
import type { TerminalSize } from "../system/terminal.ts";

/*
 * What travels between octo and the daemon. A call is `POST /api/VERB` with a JSON object; the answer is
 * lines of JSON (application/x-ndjson), each a frame, the last of them and only the last a result or an error.
 */

export type Frame =
  /** Something to read, without its line break: progress, or a line of a log. */
  | { readonly line: string }
  /** Base64 of what a command wrote to its standard output, its standard error. */
  | { readonly out: string }
  | { readonly err: string }
  | { readonly result: unknown }
  | { readonly error: WireError };

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  readonly details: readonly string[];
}

/** A line of what comes from a terminal. */
export type InputFrame =
  /** Base64 of what was typed. */
  | { readonly in: string }
  /** The terminal has this size now. */
  | { readonly size: TerminalSize };

export const answerType = "application/x-ndjson";

/** Of a request: one JSON object, or (`run`) a line with that object and then standard input: raw, or from a terminal in frames. */
export const inputType = "application/json";
export const inputThenStdinType = "application/x-ndjson";

/** Names the SSH key that a forced command was started for. */
export const keyHeader = "x-goku-key";

/** Columns and rows are 16 bits to the kernel. */
export const maxTerminalLength = 65_535;

export function encodeFrame(frame: Frame): string {
  return `${JSON.stringify(frame)}\n`;
}

export function encodeInputFrame(frame: InputFrame): string {
  return `${JSON.stringify(frame)}\n`;
}

export function toWireError(error: GokuError): WireError {
  const { code, message, hint, details } = error;
  return { code, message, hint: hint ?? null, details };
}

export function fromWireError({ code, message, hint, details }: WireError): GokuError {
  return new GokuError({ code, message, hint: hint ?? undefined, details });
}

/** Frames of a stream of bytes, however it is cut; blank lines are skipped. @throws SyntaxError for a line that is no frame */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  for await (const line of readLines(chunks)) {
    if (line.length > 0) {
      yield parseFrame(line.toString("utf8"));
    }
  }
}

/** @throws SyntaxError for a line that is no frame */
export async function* readInputFrames(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<InputFrame> {
  for await (const line of readLines(chunks, maxInputFrameBytes)) {
    if (line.length > 0) {
      yield parseInputFrame(line.toString("utf8"));
    }
  }
}

/** octo reads at most 64 KiB of a terminal at a time. */
const maxInputFrameBytes = 1024 * 1024;

async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = Infinity,
): AsyncGenerator<Buffer> {
  let begun: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)]);
      begun = [];
      size = 0;
      from = end + 1;
    }
    begun.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > maxBytes) {
      throw new SyntaxError("a line without an end");
    }
  }
  yield Buffer.concat(begun);
}

const newline = 0x0a;
const frameKinds = ["line", "out", "err", "result", "error"];

function parseFrame(text: string): Frame {
  const value: unknown = JSON.parse(text);
  if (!isFrame(value)) {
    throw new SyntaxError(`not a frame: ${text.slice(0, 80)}`);
  }
  return value;
}

function isFrame(value: unknown): value is Frame {
  return (
    typeof value === "object" &&
    value !== null &&
    frameKinds.some((kind) => Object.hasOwn(value, kind))
  );
}

function parseInputFrame(text: string): InputFrame {
  const value: unknown = JSON.parse(text);
  if (!isInputFrame(value)) {
    throw new SyntaxError("not a frame of a terminal");
  }
  return value;
}

function isInputFrame(value: unknown): value is InputFrame {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  return "in" in value ? typeof value.in === "string" : "size" in value && isSize(value.size);
}

function isSize(value: unknown): value is TerminalSize {
  return (
    typeof value === "object" &&
    value !== null &&
    "columns" in value &&
    "rows" in value &&
    [value.columns, value.rows].every(isLength)
  );
}

function isLength(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= maxTerminalLength;
}
