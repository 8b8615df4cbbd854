import type { VarChange } from "../../ports.ts";

/* What changes do to the vars of an app. Pure. */

type Values = Readonly<Record<string, string>>;

export const noChange: VarChange = { set: {}, remove: [] };

export function afterChange(before: Values, change: VarChange): Record<string, string> {
  const after = { ...before, ...change.set };
  change.remove.forEach((key) => delete after[key]);
  return after;
}

/** Keys whose value is other than before, or that are gone, sorted. */
export function changedKeys(before: Values, after: Values): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => before[key] !== after[key]).sort();
}

/** What turns the vars `from` into `to`. */
export function differences(from: Values, to: Values): VarChange {
  return {
    set: Object.fromEntries(Object.entries(to).filter(([key, value]) => from[key] !== value)),
    remove: Object.keys(from).filter((key) => !Object.hasOwn(to, key)),
  };
}

/** The names alone, as in `set A, B; changed C; removed D`; empty where nothing changes. */
export function namesIn({ set, remove }: VarChange, before: Values): string {
  const keys = Object.keys(set).toSorted();
  const kinds = [
    ["set", keys.filter((key) => !Object.hasOwn(before, key))],
    ["changed", keys.filter((key) => Object.hasOwn(before, key))],
    ["removed", remove.toSorted()],
  ] as const;
  return kinds
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `${kind} ${names.join(", ")}`)
    .join("; ");
}

/** What brings the keys of a change back to what they were. */
export function inverse(change: VarChange, before: Values): VarChange {
  const keys = [...Object.keys(change.set), ...change.remove];
  return {
    set: Object.fromEntries(
      keys.flatMap((key) => {
        const value = before[key];
        return value === undefined ? [] : [[key, value]];
      }),
    ),
    remove: keys.filter((key) => before[key] === undefined),
  };
}

/** What of a change that leads to `after` is not done yet, by what undoes it: keys that still are what they were before. */
export function unwritten(undo: VarChange, now: Values, after: Values): VarChange {
  const touched = [...Object.keys(undo.set), ...undo.remove];
  const keys = new Set(touched.filter((key) => now[key] === undo.set[key]));
  return {
    set: Object.fromEntries(Object.entries(after).filter(([key]) => keys.has(key))),
    remove: [...keys].filter((key) => !Object.hasOwn(after, key)),
  };
}

/** A change without the keys that another one names. */
export function without(change: VarChange, other: VarChange): VarChange {
  const named = new Set([...Object.keys(other.set), ...other.remove]);
  return {
    set: Object.fromEntries(Object.entries(change.set).filter(([key]) => !named.has(key))),
    remove: change.remove.filter((key) => !named.has(key)),
  };
}

/** What of an undo is still to be done: keys that are what the change which led to `after` made them. Others have been written since. */
export function untouched(undo: VarChange, now: Values, after: Values): VarChange {
  const isAsMade = (key: string) => now[key] === after[key];
  return {
    set: Object.fromEntries(Object.entries(undo.set).filter(([key]) => isAsMade(key))),
    remove: undo.remove.filter(isAsMade),
  };
}
