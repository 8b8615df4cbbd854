interface Item<T> {
  readonly iterator: AsyncIterator<T>;
  readonly result: IteratorResult<T>;
}

interface Arrival<T> {
  readonly source: IteratorResult<AsyncIterable<T>>;
}

/**
 * Items of several sources in the order they come, of those that arrive meanwhile too. Ends when no source is left and
 * no more can arrive, fails when one fails.
 */
export async function* merge<T>(sources: AsyncIterable<AsyncIterable<T>>): AsyncGenerator<T> {
  const arrivals = sources[Symbol.asyncIterator]();
  const nextSource = () => heard(arrivals.next().then((source): Arrival<T> => ({ source })));
  const nextItem = (iterator: AsyncIterator<T>) =>
    heard(iterator.next().then((result): Item<T> => ({ iterator, result })));
  const items = new Map<AsyncIterator<T>, Promise<Item<T>>>();
  let arrival: Promise<Arrival<T>> | null = nextSource();
  try {
    while (arrival !== null || items.size > 0) {
      const waiting: Promise<Arrival<T> | Item<T>>[] = [...items.values()];
      const came: Arrival<T> | Item<T> = await Promise.race(
        arrival === null ? waiting : [arrival, ...waiting],
      );
      if ("source" in came) {
        arrival = came.source.done === true ? null : nextSource();
        if (came.source.done !== true) {
          const iterator = came.source.value[Symbol.asyncIterator]();
          items.set(iterator, nextItem(iterator));
        }
        continue;
      }
      // It goes to the end of the row, so that a source that always has something does not keep the others from speaking.
      items.delete(came.iterator);
      if (came.result.done !== true) {
        items.set(came.iterator, nextItem(came.iterator));
        yield came.result.value;
      }
    }
  } finally {
    // Not waited for: one that is silent ends no sooner than it would speak.
    for (const iterator of [arrivals, ...items.keys()]) {
      void heard(Promise.resolve(iterator.return?.()));
    }
  }
}

/** Whoever stops reading no longer waits for what was asked for last; its failure is then nobody's. */
function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
