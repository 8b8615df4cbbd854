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
  let rest = "";
  try {
    for await (const chunk of stream.setEncoding("utf8")) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.trim() !== "") {
          const value: T = JSON.parse(line);
          yield value;
        }
      }
    }
    if (rest.trim() !== "") {
      const value: T = JSON.parse(rest);
      yield value;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Error ? translate(error) : error;
  }
}
