import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Of buffers that somebody holds; those that are garbage have been taken out. */
function heldBytes(): number {
  // What the first finds is given back in the background; the second waits for that.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Bytes of this process's buffers, while and after `work`, beyond those it held before. */
export async function mostHeldDuring(work: () => Promise<unknown>): Promise<number> {
  const before = heldBytes();
  let most = before;
  let next: NodeJS.Timeout;
  const look = () => {
    const began = performance.now();
    most = Math.max(most, heldBytes());
    // Where a look takes long, it is the work that should have most of the time.
    next = setTimeout(look, 50 + 4 * (performance.now() - began));
  };
  next = setTimeout(look, 50);
  try {
    await work();
  } finally {
    clearTimeout(next);
  }
  return Math.max(most, heldBytes()) - before;
}
