import type { VarChange } from "../ports.ts";

/** What is left of a change once everything that is so already is taken out. */
export interface Difference {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
  /** All keys of it. */
  readonly changed: readonly string[];
}

/** `before` has null for a value that is there and cannot be read; a key both removed and set is set. */
export function differenceOf(
  before: ReadonlyMap<string, string | null>,
  change: VarChange,
): Difference {
  const wanted = new Map(Object.entries(change.set));
  const set = new Map([...wanted].filter(([key, value]) => before.get(key) !== value));
  const remove = [...new Set(change.remove)].filter((key) => before.has(key) && !wanted.has(key));
  return { set, remove, changed: [...set.keys(), ...remove] };
}
