import type { Log } from "../../system/log.ts";
import { cleanUp } from "../../system/clean-up.ts";
import type { Namespace } from "./namespaces.ts";

/**
 * The kernel keeps what a server closed for a minute (TIME_WAIT, include/net/tcp.h), and until then refuses its port to
 * the next server there that does not ask for it in spite of that (SO_REUSEADDR).
 */
const restMs = 61_000;
/** One that nobody has needed for so long after its rest is one too many. */
const patienceMs = 60_000;

interface Guest {
  readonly namespace: Namespace;
  readonly app: string;
  /** As `performance.now` counts. */
  readonly readyAt: number;
  readonly end: NodeJS.Timeout;
}

/**
 * Namespaces whose replica is gone, until another of the same app needs one: an old worker of nginx may bring a request to
 * the address long after, and no app's requests may come to another.
 */
export function createResting(
  most: number,
  remove: (namespace: Namespace) => Promise<void>,
  log: Log,
) {
  /** The one that has rested the longest first. */
  let guests: readonly Guest[] = [];

  function leave(guest: Guest): Namespace {
    clearTimeout(guest.end);
    guests = guests.filter((other) => other !== guest);
    return guest.namespace;
  }

  return {
    /** @returns false where there is no room for it */
    add(namespace: Namespace, app: string): boolean {
      if (guests.length >= most) {
        return false;
      }
      const end = setTimeout(() => {
        leave(guest);
        void cleanUp(log, `remove ${namespace.name}`, () => remove(namespace));
      }, restMs + patienceMs).unref();
      const guest = { namespace, app, readyAt: performance.now() + restMs, end };
      guests = [...guests, guest];
      return true;
    },
    /** One of the app's that has rested; null when there is none. */
    take(app: string): Namespace | null {
      const first = guests.find((guest) => guest.app === app);
      return first !== undefined && first.readyAt <= performance.now() ? leave(first) : null;
    },
    all: (): readonly Namespace[] => guests.map(({ namespace }) => namespace),
    /** @returns it; null when it was none of these */
    drop(id: string): Namespace | null {
      const guest = guests.find(({ namespace }) => namespace.id === id);
      return guest === undefined ? null : leave(guest);
    },
    /** They go on in Docker, and the next Goku finds them. */
    close(): void {
      guests.forEach(leave);
    },
  };
}
