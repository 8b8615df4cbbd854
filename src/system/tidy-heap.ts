import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const everyMs = 30_000;
/** Of a core, since the last look: less is rest. */
const restShare = 0.05;

/**
 * Takes out the garbage while there is nothing else to do. V8 would let it lie until it needs the room, and flags that
 * keep the heap small cost every push some milliseconds.
 */
export function tidyHeapAtRest(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") {
    return;
  }
  let before = process.cpuUsage();
  setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    if (user + system < everyMs * 1000 * restShare) {
      collect();
    }
  }, everyMs).unref();
}
