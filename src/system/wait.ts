import { setTimeout as delay } from "node:timers/promises";

export interface Waiting {
  readonly timeoutMs: number;
  /** First pause between two looks; doubles up to `maxIntervalMs`. */
  readonly intervalMs?: number;
  readonly maxIntervalMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks at once and then ever less often until `look` answers something other than null.
 * @returns its answer, or null when `timeoutMs` is over
 * @throws the signal's reason when it is aborted
 */
export async function waitFor<T>(
  look: () => Promise<T | null> | T | null,
  waiting: Waiting,
): Promise<T | null> {
  const deadline = performance.now() + waiting.timeoutMs;
  let pause = waiting.intervalMs ?? 5;
  const maxPause = waiting.maxIntervalMs ?? Math.max(pause, 200);
  for (;;) {
    waiting.signal?.throwIfAborted();
    const answer = await look();
    if (answer !== null) {
      return answer;
    }
    const left = deadline - performance.now();
    if (left <= 0) {
      return null;
    }
    await pauseFor(Math.min(pause, left), waiting.signal);
    pause = Math.min(pause * 2, maxPause);
  }
}

/** Node's timers throw an error of their own, and keep the signal's reason inside it. */
async function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
