import { type IncomingMessage, request } from "node:http";
import { type Frame, readFrames } from "../../src/web/wire.ts";

export interface Asked {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly frames: readonly Frame[];
  /** The last frame's. */
  readonly result: unknown;
  readonly error: { code: string; message: string; hint: string | null } | null;
}

export interface Asking {
  /** A path for the socket, a URL for TCP. */
  readonly at: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly method?: string;
}

/** Calls a verb by hand, as anything but octo would. */
export async function askApi(verb: string, input: unknown, asking: Asking): Promise<Asked> {
  const response = await post(`/api/${verb}`, asking, asking.body ?? JSON.stringify(input));
  const frames = await collect(readFrames(response));
  const last: Frame | undefined = frames.at(-1);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    frames,
    result: last !== undefined && "result" in last ? last.result : undefined,
    error: last !== undefined && "error" in last ? last.error : null,
  };
}

/** The answer as it begins. */
export function post(path: string, asking: Asking, body: string): Promise<IncomingMessage> {
  const url = asking.at.startsWith("http") ? new URL(path, asking.at) : null;
  const where =
    url === null ? { socketPath: asking.at, path } : { host: url.hostname, port: url.port, path };
  const headers = { "content-type": "application/json", ...asking.headers };
  return new Promise((resolve, reject) => {
    const method = asking.method ?? "POST";
    const sent = request({ ...where, method, headers, agent: false }, resolve);
    sent.once("error", reject);
    sent.end(body);
  });
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}
