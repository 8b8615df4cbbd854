import { type ErrorCode, GokuError } from "../errors.ts";

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

export const answerType = "application/x-ndjson";

/** Of a request: one JSON object, or (`run`) a line with that object and then raw standard input. */
export const inputType = "application/json";
export const inputThenStdinType = "application/x-ndjson";

/** Names the SSH key that a forced command was started for. */
export const keyHeader = "x-goku-key";

export function encodeFrame(frame: Frame): string {
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

async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let begun: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)]);
      begun = [];
      from = end + 1;
    }
    begun.push(chunk.subarray(from));
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
