import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { usage } from "../errors.ts";
import { hasErrno } from "../system/errno.ts";

/** Enough for several vars of the greatest size in one command, escaped as JSON. */
export const maxInputBytes = 4 * 1024 * 1024;
const newline = 0x0a;

/** The JSON that is the whole body. @throws usage */
export async function readInput(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(request)) {
    size += chunk.length;
    checkSize(size);
    chunks.push(chunk);
  }
  return parse(Buffer.concat(chunks));
}

/** The JSON on the first line of the body, and the bytes after it as they come. @throws usage */
export async function readInputThenStdin(
  request: IncomingMessage,
): Promise<{ input: unknown; stdin: Readable }> {
  const chunks = bytesOf(request)[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let size = 0;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    const chunk = next.value;
    const end = chunk.indexOf(newline);
    head.push(end === -1 ? chunk : chunk.subarray(0, end));
    size += chunk.length;
    checkSize(size);
    if (end !== -1) {
      const stdin = Readable.from(following(chunk.subarray(end + 1), chunks), {
        objectMode: false,
      });
      return { input: parse(Buffer.concat(head)), stdin };
    }
  }
  return { input: parse(Buffer.concat(head)), stdin: Readable.from([]) };
}

/** A client that hangs up ends its input; that it is gone is told by the call's signal. */
async function* following(
  first: Buffer,
  chunks: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, void> {
  if (first.length > 0) {
    yield first;
  }
  try {
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      yield next.value;
    }
  } catch (error) {
    if (!hasErrno(error, "ECONNRESET")) {
      throw error;
    }
  }
}

async function* bytesOf(request: IncomingMessage): AsyncGenerator<Buffer, void> {
  // Leaving early must not cut the connection, on which the refusal is yet to be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes: Uint8Array = chunk;
    yield Buffer.from(bytes);
  }
}

function checkSize(size: number): void {
  if (size > maxInputBytes) {
    throw usage(`The input of a command has at most ${maxInputBytes / 1024 / 1024} MiB.`);
  }
}

function parse(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return value;
  } catch {
    throw usage("The input of a command is a JSON object.");
  }
}
