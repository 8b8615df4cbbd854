import { once } from "node:events";
import { createServer, type ListenOptions, type Server } from "node:net";

/** Takes something of the machine's for this process, until it ends. @returns whether nobody else has it */
export async function claim(name: string): Promise<boolean> {
  // A name that begins with a NUL is no file: the kernel gives it to one process at a time, and takes it back.
  const held = await listenAt({ path: `\0goku-test-${name}` });
  held?.unref();
  return held !== null;
}

/** Null where somebody else has it. */
export async function listenAt(where: ListenOptions): Promise<Server | null> {
  const server = createServer().listen(where);
  try {
    await once(server, "listening");
    return server;
  } catch {
    return null;
  }
}
