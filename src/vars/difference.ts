import type { VarChange, VarChoice } from "../ports.ts";
import { assertSettable } from "../var.ts";

/** What is left of a change once everything that is so already is taken out. */
export interface Difference {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
  /** All keys of it. */
  readonly changed: readonly string[];
}

/**
 * `before` has null for a value that is there and cannot be read; a key both removed and set is set.
 * @throws usage for what cannot be a var
 */
export function differenceOf(
  before: ReadonlyMap<string, string | null>,
  wish: VarChange | VarChoice,
): Difference {
  const change = typeof wish === "function" ? wish(readable(before)) : wish;
  assertSettable(change.set);
  const wanted = new Map(Object.entries(change.set));
  const set = new Map([...wanted].filter(([key, value]) => before.get(key) !== value));
  const remove = [...new Set(change.remove)].filter((key) => before.has(key) && !wanted.has(key));
  return { set, remove, changed: [...set.keys(), ...remove] };
}

function readable(vars: ReadonlyMap<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    [...vars].flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
}
