import { tooManyGits } from "../errors.ts";

/** Many more than an editor that fetches, or a CI with a token of its own, has at work; few enough for others to have their share of the machine. */
export const mostGits = 32;

/** The gits that callers have at work. */
export interface Gits {
  /**
   * Counts one of this caller for as long as `isAtWork` says so: however it ends, its place is free.
   * @throws tooManyGits
   */
  begin(caller: string, isAtWork: () => boolean): void;
}

export function createGits(): Gits {
  const callers = new Map<string, readonly (() => boolean)[]>();
  return {
    begin(caller, isAtWork) {
      const others = (callers.get(caller) ?? []).filter((other) => other());
      if (others.length >= mostGits) {
        throw tooManyGits(caller, mostGits);
      }
      callers.set(caller, [...others, isAtWork]);
    },
  };
}
