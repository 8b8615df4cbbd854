/** Runs work on one app after the other, work on different apps side by side. */
export type AppLock = <T>(app: string, work: () => Promise<T>) => Promise<T>;

export function createAppLock(): AppLock {
  const lasts = new Map<string, Promise<unknown>>();
  return async (app, work) => {
    const mine = (lasts.get(app) ?? Promise.resolve()).then(work);
    // The next in line goes on whether this one failed or not; the failure is this caller's.
    const last = mine.catch(() => undefined);
    lasts.set(app, last);
    try {
      return await mine;
    } finally {
      if (lasts.get(app) === last) {
        lasts.delete(app);
      }
    }
  };
}
