import { availableParallelism } from "node:os";
import { signalProcess } from "../../system/signal.ts";
import { workersOf } from "./master.ts";

/** Of as many workers as there are processors. A worker takes some 4 MB, and more with many vhosts. */
export const mostGenerations = 32;

/**
 * Connections that never end (websockets) keep old workers, one generation with each reload: where there are too many the
 * oldest end, and their clients connect anew.
 */
export function endOldest(master: number, generations = mostGenerations): void {
  const most = generations * availableParallelism();
  // The kernel lists children in the order of their births.
  const leaving = workersOf(master).filter((worker) => worker.leaving);
  leaving
    .slice(0, Math.max(0, leaving.length - most))
    .forEach(({ pid }) => signalProcess(pid, "SIGTERM"));
}
