import type { Log } from "./log.ts";

/** Clean-up after a failure: its own failure is logged, and the first one is what people hear of. */
export async function cleanUp(log: Log, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ err: error }, `could not ${what}`);
  }
}
