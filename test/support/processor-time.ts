/**
 * Answers how many milliseconds of this process's own processor time have gone since it was made. What others run does
 * not count, but what else this process does (collects garbage, compiles code) counts, and a shared core can be a slow
 * one: a limit is five times what was seen on a quiet machine, or more.
 */
export function processorClock(): () => number {
  const began = process.cpuUsage();
  return () => process.cpuUsage(began).user / 1000;
}

/** Milliseconds of processor time of `work`, at best of so many rounds, for limits that have to be closer. */
export async function leastProcessorMs(
  rounds: number,
  work: () => Promise<unknown>,
): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const spentMs = processorClock();
    await work();
    least = Math.min(least, spentMs());
  }
  return least;
}
