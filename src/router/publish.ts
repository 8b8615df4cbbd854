import type { Log } from "../system/log.ts";
import type { VhostChange } from "./vhosts.ts";

/** Makes all of these changes live, or none of them. */
export type Switch = (changes: readonly VhostChange[], onServing: () => void) => Promise<void>;

export type Publish = (changes: readonly VhostChange[], onServing?: () => void) => Promise<void>;

interface Order {
  readonly changes: readonly VhostChange[];
  readonly onServing: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One switch at a time; all that arrives meanwhile goes into the next one together. Where that fails each of them is
 * tried alone, so that one bad route never fails another's publish.
 * @param ripe resolves when the time for a switch has come, and never rejects
 */
export function createPublish(apply: Switch, ripe: () => Promise<void>, log: Log): Publish {
  let waiting: Order[] = [];
  let isWorking = false;

  async function work() {
    isWorking = true;
    while (waiting.length > 0) {
      await ripe();
      const orders = waiting;
      waiting = [];
      await serve(orders);
    }
    isWorking = false;
  }

  async function serve(orders: readonly Order[]) {
    try {
      await apply(newestOfEach(orders), () => orders.forEach(({ onServing }) => onServing()));
      orders.forEach(({ resolve }) => resolve());
    } catch (error) {
      const [only, ...others] = orders;
      if (others.length === 0) {
        only?.reject(error);
        return;
      }
      log.warn({ err: error }, "publishing together failed: each alone");
      for (const order of orders) {
        await ripe();
        await serve([order]);
      }
    }
  }

  return (changes, onServing) =>
    new Promise((resolve, reject) => {
      waiting.push({ changes, onServing: onceAndSafely(onServing, log), resolve, reject });
      if (!isWorking) {
        void work();
      }
    });
}

/** An app that is in several orders ends as the last of them wants it. */
function newestOfEach(orders: readonly Order[]): VhostChange[] {
  return [
    ...new Map(orders.flatMap(({ changes }) => changes).map((each) => [each.app, each])).values(),
  ];
}

/** A listener is told once, and its own failure is not one of the switch. */
function onceAndSafely(listener: (() => void) | undefined, log: Log): () => void {
  let isTold = false;
  return () => {
    if (isTold) {
      return;
    }
    isTold = true;
    try {
      listener?.();
    } catch (error) {
      log.error({ err: error }, "a listener to publish failed");
    }
  };
}
