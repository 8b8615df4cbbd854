import type { Parts } from "../parts.ts";

/** Which containers die again and again, as the engine tells of it; a Goku that has just started knows of none. */
export interface Crashes {
  /** @returns true where a loop begins with this death: once, until the container has been well for a while */
  note(container: string): boolean;
  isLooping(container: string): boolean;
}

interface Deaths {
  /** Those that are not long ago. */
  readonly times: readonly number[];
  readonly isTold: boolean;
}

const whileMinutes = 5;
const whileMs = whileMinutes * 60_000;
/** One is an accident, and two may be the same one. */
const deathsOfLoop = 3;

/** @param now in milliseconds, of a clock that nobody sets */
export function createCrashes(now: () => number = () => performance.now()): Crashes {
  const dying = new Map<string, Deaths>();
  const recent = (container: string) =>
    (dying.get(container)?.times ?? []).filter((at) => now() - at < whileMs);

  return {
    note(container) {
      for (const id of dying.keys()) {
        if (recent(id).length === 0) {
          dying.delete(id);
        }
      }
      const wasTold = dying.get(container)?.isTold ?? false;
      const times = [...recent(container), now()];
      const isTold = wasTold || times.length >= deathsOfLoop;
      dying.set(container, { times, isTold });
      return isTold && !wasTold;
    },
    isLooping: (container) => recent(container).length >= deathsOfLoop,
  };
}

/** Says once that a loop has begun. What ends while somebody is at work on the app, or is on its way out, ends on purpose. */
export function noteDeath(parts: Parts, app: string, container: string): void {
  const { background, crashes, queue, retiring, store } = parts;
  if (queue.busy(app) || retiring.has(container) || !crashes.note(container)) {
    return;
  }
  const name = store.apps.find(app)?.name ?? app;
  const detail = `a container ended ${deathsOfLoop} times within ${whileMinutes} minutes: octo ps ${name}, octo logs ${name}`;
  background.start(`telling that ${app} does not stay up`, async () =>
    store.events.add({ app, who: "goku", what: "crashing", detail }),
  );
}
