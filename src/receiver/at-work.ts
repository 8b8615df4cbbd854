import type { GokuError } from "../errors.ts";

/** Many more than an editor that fetches, or a CI with a token of its own, has at work; few enough for others to have their share of the machine. */
export const mostAtWork = 32;

/** The processes of one kind that callers have at work. */
export interface AtWork {
  /**
   * Counts one of this caller for as long as `isAtWork` says so: however it ends, its place is free.
   * @throws what `tooMany` says
   */
  begin(caller: string, isAtWork: () => boolean): void;
}

export function createAtWork(tooMany: (caller: string, most: number) => GokuError): AtWork {
  const callers = new Map<string, readonly (() => boolean)[]>();
  return {
    begin(caller, isAtWork) {
      const others = (callers.get(caller) ?? []).filter((other) => other());
      if (others.length >= mostAtWork) {
        throw tooMany(caller, mostAtWork);
      }
      callers.set(caller, [...others, isAtWork]);
    },
  };
}
