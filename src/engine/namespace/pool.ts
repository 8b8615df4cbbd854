import { deferred } from "../../system/deferred.ts";
import type { Log } from "../../system/log.ts";
import type { Namespace } from "./namespaces.ts";
import { createResting } from "./resting.ts";

export type Pool = ReturnType<typeof createPool>;

/** Making a namespace costs as much as starting a container: it should not compete with the start that took one. */
const refillDelayMs = 1_000;

export interface PoolSizes {
  /** Made ahead of time. */
  readonly spares: number;
  /** At most, of those whose replica is gone: making one and removing it costs more than all else a start does. */
  readonly reused: number;
}

/** Namespaces for replicas that have no wishes of their own. */
export function createPool(
  sizes: PoolSizes,
  make: () => Promise<Namespace>,
  remove: (namespace: Namespace) => Promise<void>,
  log: Log,
) {
  const size = sizes.spares;
  const resting = createResting(sizes.reused, remove, log);
  let spares: Namespace[] = [];
  let filling: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** Gets the next one that is made. */
  let waiting: ((spare: Namespace | null) => void) | null = null;
  const closing = new AbortController();

  /** One that the app had before, the spare that has been ready the longest, or the one being made right now; or null. */
  async function take(app: string): Promise<Namespace | null> {
    const rested = resting.take(app);
    if (rested !== null) {
      return rested;
    }
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
    take,
    /** The app's replica in it is gone. @returns false where it is one too many */
    takeBack: (namespace: Namespace, app: string) =>
      !closing.signal.aborted && resting.add(namespace, app),
    refill,
    fill,
    /** Those that rest included. */
    spares: (): readonly Namespace[] => [...spares, ...resting.all()],
    /** How many more it can take, the one counted in that is being made. */
    room: () => Math.max(0, size - spares.length - (filling === null ? 0 : 1)),
    adopt(found: readonly Namespace[]): void {
      spares.push(...found);
    },
    /** @returns it; null when it was none of ours */
    drop(id: string): Namespace | null {
      const dropped = spares.find((spare) => spare.id === id) ?? null;
      spares = spares.filter((spare) => spare !== dropped);
      return dropped ?? resting.drop(id);
    },
    /** Spares go on waiting in Docker, and the next Goku finds them. */
    async close(): Promise<void> {
      closing.abort();
      resting.close();
      await fill().catch(() => undefined);
    },
  };
}
