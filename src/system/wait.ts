import { setTimeout as delay } from "node:timers/promises";

export interface Waiting {
  readonly timeoutMs: number;
  /** First pause between two looks; doubles up to `maxIntervalMs`. */
  readonly intervalMs?: number;
  readonly maxIntervalMs?: number;
  readonly signal?: AbortSignal;
}

/** For a look that is under way when the time is over: it may be the one that sees it. */
const lastLookMs = 1_000;
/** Node's timers cannot do with more. */
const longestMs = 2 ** 31 - 1;

/**
 * Looks at once and then ever less often until `look` answers something other than null. A look that does not end does
 * not keep anybody: what becomes of it later is nobody's concern.
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
    const lookMs = Math.max(0, deadline - performance.now()) + lastLookMs;
    const answer = await answerWithin(lookMs, look, waiting.signal);
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

/** The look's answer; null where it takes longer. The race listens to a look that fails later, too. */
async function answerWithin<T>(
  ms: number,
  look: () => Promise<T | null> | T | null,
  signal: AbortSignal | undefined,
): Promise<T | null> {
  let giveUp = () => {};
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<null>((resolve, reject) => {
    giveUp = () => reject(signal?.reason);
    timer = setTimeout(resolve, Math.min(ms, longestMs), null);
    signal?.addEventListener("abort", giveUp);
  });
  try {
    return await Promise.race([look(), over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
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
