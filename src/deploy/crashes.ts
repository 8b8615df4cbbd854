/** Which containers die again and again, as the engine tells of it. */
export interface Crashes {
  /** @returns true where a loop begins with this death: once, until the container has been well for a while */
  note(container: string): boolean;
  /**
   * A loop of which this Goku has not seen enough.
   * @returns true where it has not told of it either
   */
  recall(container: string): boolean;
  isLooping(container: string): boolean;
}

interface Deaths {
  /** Those that are not long ago. */
  readonly times: readonly number[];
  readonly isTold: boolean;
}

/** One death is an accident, and two may be the same one. */
export const crashLoop = { deaths: 3, minutes: 5 };

const whileMs = crashLoop.minutes * 60_000;

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
      const isTold = wasTold || times.length >= crashLoop.deaths;
      dying.set(container, { times, isTold });
      return isTold && !wasTold;
    },
    recall(container) {
      const wasTold = recent(container).length > 0 && dying.get(container)?.isTold === true;
      dying.set(container, { times: Array(crashLoop.deaths).fill(now()), isTold: true });
      return !wasTold;
    },
    isLooping: (container) => recent(container).length >= crashLoop.deaths,
  };
}
