export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** One at a time for each key, in the order of asking; a failure is its caller's alone and keeps nobody waiting. */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(key, mine);
    const forget = () => {
      if (last.get(key) === mine) {
        last.delete(key);
      }
    };
    mine.then(forget, forget);
    return mine;
  };
}

export type OneAtATime = <T>(work: () => Promise<T>) => Promise<T>;

/** The same with one key for all. */
export function oneAtATime(): OneAtATime {
  const inTurn = createTurns();
  return (work) => inTurn("", work);
}
