import type { IncomingMessage, ServerResponse } from "node:http";

/** What is still read of a request that has been answered: as much as a client can have on its way or goes on to send before it looks at its answer. */
const mostBytes = 64 * 1024 * 1024;
const mostMs = 2_000;

/**
 * Ends an answer that has been written. The end closes most connections, and a client that learns of it while it sends
 * loses the answer: it comes after all that the client had to send, or after enough of it.
 */
export async function endAfterRest(response: ServerResponse): Promise<void> {
  const { req } = response;
  if (req.readableEnded || (await discardRest(req))) {
    response.end();
  } else {
    response.end(() => req.socket.destroy());
  }
}

/**
 * Reads and forgets what a client still sends, whoever read the request before.
 * @returns false where it goes on beyond the bounds, true once it has sent everything or has gone
 */
function discardRest(request: IncomingMessage): Promise<boolean> {
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
      for (let chunk = take(request); chunk > 0 && read <= mostBytes; chunk = take(request)) {
        read += chunk;
      }
      if (read > mostBytes) {
        finish(false);
      }
    };
    const timer = setTimeout(() => finish(false), mostMs);
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
