import { once } from "node:events";
import { createServer, type ListenOptions, type Server } from "node:net";

/** Below those that the kernel gives to whoever connects somewhere, or listens without saying where. */
const ports = { first: 20_000, count: 12_000 };

/**
 * A port of loopback that nobody listens on, and that nobody else is given as long as this process lives: whoever asks
 * for it may take their time, or give it back and want it again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.first + Math.floor(Math.random() * ports.count);
    // A name that the kernel gives to one process at a time, and takes back when that ends.
    const claim = await listenAt({ path: `\0goku-test-port-${port}` });
    const listener = claim && (await listenAt({ host: "127.0.0.1", port }));
    claim?.unref();
    if (listener) {
      listener.close();
      await once(listener, "close");
      return port;
    }
  }
}

/** Null where somebody else has it. A name that begins with a NUL is the kernel's, and no file. */
export async function listenAt(where: ListenOptions): Promise<Server | null> {
  const server = createServer().listen(where);
  try {
    await once(server, "listening");
    return server;
  } catch {
    return null;
  }
}
