import type { IncomingMessage } from "node:http";

/** How much of a request that has been answered is still read. */
export interface RestBounds {
  readonly bytes: number;
  readonly ms: number;
}

/** As much as a client can have on its way or goes on to send before it looks at its answer; and no more for ever. */
const defaultBounds: RestBounds = { bytes: 64 * 1024 * 1024, ms: 2_000 };

/**
 * Reads and forgets what a client still sends, whoever read the request before.
 * @returns false where it goes on beyond the bounds, true once it has sent everything or has gone
 */
export function discardRest(
  request: IncomingMessage,
  { bytes, ms }: RestBounds = defaultBounds,
): Promise<boolean> {
  return new Promise((resolve) => {
    let read = 0;
    const finish = (over: boolean) => {
      clearTimeout(timer);
      request.off("readable", discard).off("end", ended).off("close", ended);
      resolve(over);
    };
    const ended = () => finish(true);
    // An iterator that was left half-way keeps a stream from flowing: only `read` gets the bytes then.
    const discard = () => {
      for (let chunk = take(request); chunk > 0 && read <= bytes; chunk = take(request)) {
        read += chunk;
      }
      if (read > bytes) {
        finish(false);
      }
    };
    const timer = setTimeout(() => finish(false), ms);
    if (request.readableEnded || request.destroyed) {
      ended();
      return;
    }
    request.on("readable", discard).on("end", ended).on("close", ended);
    discard();
  });
}

/** How many bytes were there. */
function take(request: IncomingMessage): number {
  const chunk: unknown = request.read();
  return chunk instanceof Uint8Array ? chunk.length : 0;
}
