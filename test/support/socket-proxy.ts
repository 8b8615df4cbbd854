import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A Unix socket that leads to another, until it is cut. */
export interface SocketProxy {
  /** Ends what is open and listens no more. */
  cut(): Promise<void>;
  /** Listens again. */
  mend(): Promise<void>;
}

export async function startSocketProxy(path: string, target: string): Promise<SocketProxy> {
  const open = new Set<Socket>();
  let server: Server | null = null;

  function pass(incoming: Socket): void {
    const onward = connect({ path: target, allowHalfOpen: true });
    for (const socket of [incoming, onward]) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        open.delete(socket);
        incoming.destroy();
        onward.destroy();
      });
    }
    incoming.pipe(onward);
    onward.pipe(incoming);
  }

  async function mend(): Promise<void> {
    if (server !== null) {
      return;
    }
    await rm(path, { force: true });
    server = createServer({ allowHalfOpen: true }, pass).listen(path);
    await once(server, "listening");
  }

  async function cut(): Promise<void> {
    const closing = server;
    server = null;
    if (closing !== null) {
      const closed = once(closing.close(), "close");
      open.forEach((socket) => socket.destroy());
      await closed;
    }
    await rm(path, { force: true });
  }

  await mend();
  return { cut, mend };
}
