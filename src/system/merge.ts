/** Items of several sources in the order they come; ends when all have ended, fails when one fails. */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const ask = async (iterator: AsyncIterator<T>) => ({ iterator, result: await iterator.next() });
  const pending = new Map(iterators.map((iterator) => [iterator, ask(iterator)]));
  try {
    while (pending.size > 0) {
      const { iterator, result } = await Promise.race(pending.values());
      if (result.done === true) {
        pending.delete(iterator);
      } else {
        pending.set(iterator, ask(iterator));
        yield result.value;
      }
    }
  } finally {
    await Promise.all([...pending.keys()].map(async (iterator) => iterator.return?.()));
  }
}
