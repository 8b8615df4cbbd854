export type Locked = <T>(task: () => Promise<T>) => Promise<T>;

/** Tasks run one after the other, in the order in which they came; a failed one does not stop the next. */
export function oneAtATime(): Locked {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}
