import { IncomingMessage } from "node:http";

import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { translate } from "./docker.ts";

export interface StreamRequest {
  readonly method: "GET" | "POST";
  /** With everything but the query: `/containers/ID/logs`. */
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  /** A tar, sent as it comes. */
  readonly body?: Readable;
  /** Of the registry that an image is fetched from or sent to. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * An answer of Docker's that comes bit by bit. dockerode reads some of these into memory (logs), gzips the body of
 * another (build) and opens a session for it; here they stay streams.
 */
export function openStream(docker: Docker, request: StreamRequest): Promise<IncomingMessage> {
  const { method, path, query, body, credentials, signal } = request;
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        method,
        path: `${path}?`,
        options: { _query: query, _body: {} },
        file: body,
        authconfig: credentials,
        abortSignal: signal,
        isStream: true,
        statusCodes: { 200: true, 101: true },
      },
      (error, stream) =>
        stream instanceof IncomingMessage
          ? resolve(stream)
          : reject(error ?? new Error(`${path} answers no stream`)),
    );
  });
}

/** The objects of a stream of JSON lines, taken as Docker's documentation has them. Ends with the stream; an abort ends it with the signal's reason. */
export async function* jsonLines<T>(
  stream: IncomingMessage,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  try {
    for await (const line of wholeLines(stream)) {
      if (line.trim() !== "") {
        const value: T = JSON.parse(line);
        yield value;
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Error ? translate(error) : error;
  }
}

/** However long: half an object is none. */
async function* wholeLines(stream: IncomingMessage): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    // The new part alone is searched: to search all of a long line each time would take its length squared.
    const lines = String(chunk).split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    yield* lines;
  }
  yield rest;
}
