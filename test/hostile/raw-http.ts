import { connect, type Socket } from "node:net";
import { once } from "node:events";

/** Where to connect: the web address or the control socket. */
export type Where = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Heard {
  /** Each byte a character. */
  readonly text: string;
  /** The other side ended the connection. */
  readonly closed: boolean;
}

/** A connection on which nothing is said yet; what goes wrong with it is expected. */
export async function open(where: Where): Promise<Socket> {
  const socket = connect(where);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/**
 * Sends bytes as they are and hears what comes back: until the other side closes, or has answered and says nothing more
 * for a moment. A server that waits for the rest is told that there is none.
 */
export async function say(where: Where, bytes: string | Buffer): Promise<Heard> {
  const socket = await open(where);
  let text = "";
  const closed = new Promise<boolean>((resolve) => {
    socket.once("close", () => resolve(true));
  });
  socket.setEncoding("latin1").on("data", (piece: string) => (text += piece));
  socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  socket.end();
  const hasClosed = await Promise.race([closed, after(15_000)]);
  socket.destroy();
  return { text, closed: hasClosed };
}

function after(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref();
  });
}

/** Of all answers in a text. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}
