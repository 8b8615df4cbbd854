import type { Readable, Writable } from "node:stream";
import { messageOf, notText, outputLost } from "../errors.ts";
import { hasErrno } from "../system/errno.ts";

/** The three standard streams, and what octo may presume of whoever reads them. */
export interface Terminal {
  readonly stdin: Readable & {
    readonly isTTY?: boolean;
    readonly setRawMode?: (raw: boolean) => unknown;
  };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
}

/** Writes, and resolves when the reader keeps up. @throws outputLost; EPIPE where nobody reads any more */
export function write(to: Writable, content: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(content, (error) => (error ? reject(lost(error)) : resolve()));
  });
}

function lost(error: Error): Error {
  return hasErrno(error, "EPIPE") ? error : outputLost(messageOf(error), error);
}

/** All of standard input. @throws notText */
export async function readText({ stdin, stderr }: Terminal): Promise<string> {
  if (stdin.isTTY === true) {
    stderr.write("Reading from the terminal; end with Ctrl-D.\n");
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) {
    const bytes: Uint8Array = chunk;
    chunks.push(bytes);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    throw notText();
  }
}
