import { asBytes, readable } from "./entries.ts";

/** Hashes by path, as `Contents` has them. */
export type Files = ReadonlyMap<string, string>;

export interface Change {
  readonly path: string;
  readonly what: "changed" | "new" | "gone";
}

/** How the files of a tree differ from what it had before, in the order of their paths. */
export function changesBetween(before: Files, now: Files): Change[] {
  const changes: Change[] = [];
  for (const [path, hash] of now) {
    const known = before.get(path);
    if (known !== hash) {
      changes.push({ path, what: known === undefined ? "new" : "changed" });
    }
  }
  for (const path of before.keys()) {
    if (!now.has(path)) {
      changes.push({ path, what: "gone" });
    }
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A change that the server's copy does not follow. */
export interface Drift extends Change {
  /** The server has something there. */
  readonly there: boolean;
}

/** Longer lists are cut. */
export const maxSentences = 10;

/**
 * What the pusher reads. `mount` is the path of the folder in the tree, `source` where the server keeps it.
 */
export function tellDrifts(drifts: readonly Drift[], mount: string, source: string): string[] {
  const told = drifts.slice(0, maxSentences).map((drift) => tell(drift, mount, source));
  const more = drifts.length - told.length;
  return more === 0
    ? told
    : [...told, `and ${more} more in ${mount === "" ? "the tree" : readable(asBytes(mount))}`];
}

function tell({ path, what, there }: Drift, mount: string, source: string): string {
  const name = readable(joined(asBytes(mount), path));
  const place = readable(joined(asBytes(source), path));
  if (what === "gone") {
    return `${name} is gone from the repository; the server keeps its own copy in ${place}`;
  }
  const start = `${name} ${what === "new" ? "is new" : "changed"} in the repository`;
  return there
    ? `${start}; the server keeps its own copy in ${place}`
    : `${start}; the server does not have it in ${place}`;
}

const joined = (top: string, path: string) => [top, path].filter((part) => part !== "").join("/");
