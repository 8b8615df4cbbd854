import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { noUserNumbers } from "../errors.ts";

/** Numbers of users that no account has. */
interface Range {
  readonly first: number;
  readonly count: number;
}

/*
 * Neither for accounts (below 60,000), nor systemd's users and containers, nor subordinate ids (up to 600,100,000), nor the
 * ids that sssd makes of a directory's (up to 2,000,200,000). In an unprivileged container only the first 65,536 exist: what
 * systemd leaves unused of those has to do.
 */
const wide: Range = { first: 0x7800_0000, count: 0x400_0000 };
const narrow: Range = { first: 60_706, count: 478 };

export const isOwnerNumber = (uid: number) => [wide, narrow].some((range) => isIn(range, uid));

/**
 * Users for checkouts, each a number of its own, at random: so whatever reads one as its user, and whatever that is led to
 * by the tree, reaches no other checkout, and nobody can choose a name of an app that gets the number of another. The owner
 * of the folder is the only record of it.
 */
export interface Owners {
  /** A number that nothing has. @throws noUserNumbers */
  take(): number;
  giveBack(uid: number): void;
}

/** `taken` are the numbers in use, all of them. */
export async function createOwners(taken: Iterable<number>): Promise<Owners> {
  const range = usableRange(await readFile("/proc/self/uid_map", "utf8"));
  const inUse = new Set(taken);
  return {
    take() {
      if (range === null || inUse.size >= range.count) {
        throw noUserNumbers(narrow.first, narrow.first + narrow.count - 1);
      }
      let uid = range.first + randomInt(range.count);
      while (inUse.has(uid)) {
        uid = uid + 1 < range.first + range.count ? uid + 1 : range.first;
      }
      inUse.add(uid);
      return uid;
    },
    giveBack: (uid) => void inUse.delete(uid),
  };
}

/** The widest range that the kernel knows here, by the lines of `/proc/self/uid_map`; null when it knows neither. */
export function usableRange(uidMap: string): Range | null {
  const known = uidMap
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([first = 0, , count = 0]): Range => ({ first, count }));
  const isKnown = ({ first, count }: Range) =>
    known.some((line) => isIn(line, first) && isIn(line, first + count - 1));
  return [wide, narrow].find(isKnown) ?? null;
}

function isIn({ first, count }: Range, uid: number): boolean {
  return uid >= first && uid < first + count;
}
