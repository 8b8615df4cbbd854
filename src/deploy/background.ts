import { setMaxListeners } from "node:events";
import type { Log } from "../system/log.ts";

/** Work that nobody waits for: retiring, pruning, healing. */
export interface Background {
  /** Starts it; a failure is logged as a warning and ends there. */
  start(what: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** Aborts what runs and resolves when it has ended. */
  close(): Promise<void>;
}

export function createBackground(log: Log): Background {
  const controller = new AbortController();
  // All work listens to it: Node takes more than ten listeners for a leak.
  setMaxListeners(0, controller.signal);
  const running = new Set<Promise<void>>();
  return {
    start(what, work) {
      const run = async () => {
        try {
          await work(controller.signal);
        } catch (error) {
          if (!controller.signal.aborted) {
            log.warn({ err: error }, `${what} failed`);
          }
        }
      };
      const promise = run().finally(() => running.delete(promise));
      running.add(promise);
    },
    async close() {
      controller.abort();
      await Promise.all(running);
    },
  };
}
