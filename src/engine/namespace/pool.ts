import { deferred } from "../../system/deferred.ts";
import type { Log } from "../../system/log.ts";
import type { Namespace } from "./namespaces.ts";

export type Pool = ReturnType<typeof createPool>;

/** Making a namespace costs as much as starting a container: it should not compete with the start that took one. */
const refillDelayMs = 1_000;

/** Namespaces made ahead of time, for replicas that have no wishes of their own. */
export function createPool(size: number, make: () => Promise<Namespace>, log: Log) {
  let spares: Namespace[] = [];
  let filling: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** Gets the next one that is made. */
  let waiting: ((spare: Namespace | null) => void) | null = null;
  const closing = new AbortController();

  /** The one that has been ready the longest, or the one being made right now; null when there is none. */
  async function take(): Promise<Namespace | null> {
    if (timer === null && !closing.signal.aborted) {
      timer = setTimeout(refill, refillDelayMs).unref();
    }
    const spare = spares.shift() ?? null;
    if (spare !== null || filling === null || waiting !== null) {
      return spare;
    }
    const { promise, resolve } = deferred<Namespace | null>();
    waiting = resolve;
    return promise;
  }

  function hand(spare: Namespace | null): boolean {
    const receiver = waiting;
    waiting = null;
    receiver?.(spare);
    return receiver !== null;
  }

  /** Fills it in the background. */
  function refill(): void {
    fill().catch((error: unknown) => log.warn({ err: error }, "could not make a spare namespace"));
  }

  /** Resolves when it is full, one at a time. */
  function fill(): Promise<void> {
    if (timer !== null) {
      clearTimeout(timer);
      timer = null;
    }
    filling ??= fillUp().finally(() => {
      filling = null;
      hand(null);
    });
    return filling;
  }

  async function fillUp(): Promise<void> {
    while (!closing.signal.aborted && spares.length < size) {
      const spare = await make();
      if (!hand(spare)) {
        spares.push(spare);
      }
    }
  }

  return {
    size,
    take,
    refill,
    fill,
    spares: () => spares as readonly Namespace[],
    /** How many more it can take, the one counted in that is being made. */
    room: () => Math.max(0, size - spares.length - (filling === null ? 0 : 1)),
    adopt(found: readonly Namespace[]): void {
      spares.push(...found);
    },
    /** @returns it; null when it was none of ours */
    drop(id: string): Namespace | null {
      const dropped = spares.find((spare) => spare.id === id) ?? null;
      spares = spares.filter((spare) => spare !== dropped);
      return dropped;
    },
    /** Spares go on waiting in Docker, and the next Goku finds them. */
    async close(): Promise<void> {
      closing.abort();
      await fill().catch(() => undefined);
    },
  };
}
