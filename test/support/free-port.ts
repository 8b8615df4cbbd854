import { once } from "node:events";
import { claim, listenAt } from "./claim.ts";

/** Below those that the kernel gives to whoever connects somewhere, or listens without saying where. */
const ports = { first: 20_000, count: 12_000 };

/**
 * A port of loopback that nobody listens on, and that nobody else is given as long as this process lives: whoever asks
 * for it may take their time, or give it back and want it again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.first + Math.floor(Math.random() * ports.count);
    const listener = (await claim(`port-${port}`)) && (await listenAt({ host: "127.0.0.1", port }));
    if (listener) {
      listener.close();
      await once(listener, "close");
      return port;
    }
  }
}
