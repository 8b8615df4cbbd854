import { shownDefault } from "../../src/settings/markdown.ts";
import type { Setting } from "../../src/settings/table.ts";

/** One row: numbers come from the code, words from here. */
export interface Limit {
  readonly what: string;
  readonly limit: string;
  /** What happens beyond it. */
  readonly beyond: string;
  /** What changes it, by its name; null for nothing. */
  readonly setting: string | null;
}

export interface Section {
  readonly title: string;
  /** Sentences before the table. */
  readonly words?: string;
  readonly limits: readonly Limit[];
}

/** A limit that nothing changes. */
export function fixed(what: string, limit: string, beyond: string): Limit {
  return { what, limit, beyond, setting: null };
}

/** A limit that is a setting: its default. */
export function bySetting(setting: Setting<unknown>, what: string, beyond: string): Limit {
  return { what, limit: shownDefault(setting), beyond, setting: `\`${setting.key}\`` };
}

const highest = 5_000;

/** The greatest number that is accepted, for limits that are no constant but part of a pattern. */
export function greatest(isAccepted: (number: number) => boolean): number {
  const accepted = Array.from({ length: highest }, (_, at) => at + 1).filter(isAccepted);
  const most = Math.max(0, ...accepted);
  if (most === 0 || most === highest) {
    throw new Error("there is no limit here");
  }
  return most;
}

/** One limit that the code has in several places. */
export function same<T>(first: T, ...others: readonly T[]): T {
  if (others.some((other) => other !== first)) {
    throw new Error(`these are no longer one limit: ${[first, ...others].join(", ")}`);
  }
  return first;
}

/** `10,000` */
export const count = (number: number) => number.toLocaleString("en-US");

export const characters = (number: number) => `${count(number)} characters`;
