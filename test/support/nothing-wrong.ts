import { exec } from "./exec.ts";

/** Docker runs a container in less where the machine has nothing else to do. */
const usualRunMs = 1_000;
const pauseMs = 100;

export interface Patience {
  readonly withinMs: number;
  /** When that time began, by `performance.now()`; now, where nothing is said. */
  readonly since?: number;
  readonly log: () => string;
}

/**
 * Resolves when a look finds nothing wrong any more. The time for that is stretched by as much as Docker is slower than
 * usual. @throws what is wrong still when it is over, and the end of the log
 */
export async function untilNothingIsWrong(
  look: () => Promise<readonly string[]>,
  { withinMs, since = performance.now(), log }: Patience,
): Promise<void> {
  let slowestRunMs = usualRunMs;
  for (;;) {
    const wrong = await look();
    if (wrong.length === 0) {
      return;
    }
    const sinceMs = performance.now() - since;
    if (sinceMs > withinMs / 2) {
      slowestRunMs = Math.max(slowestRunMs, await runMs());
    }
    if (sinceMs > withinMs * (slowestRunMs / usualRunMs)) {
      throw new Error(`${wrong.join("\n")}\n${log().slice(-6_000)}`);
    }
    await new Promise((done) => setTimeout(done, pauseMs));
  }
}

/** How long Docker takes now for a container that does nothing. */
async function runMs(): Promise<number> {
  const began = performance.now();
  await exec("docker", ["run", "--rm", "goku-test/busybox", "true"]);
  return performance.now() - began;
}
