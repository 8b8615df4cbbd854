import type { ForeignChange } from "../ports.ts";
import type { OwnWrites } from "../store-ports.ts";

/** ModifyIndex by key. */
export type Indexes = ReadonlyMap<string, number>;

/** What was found of an app. */
export interface Finding {
  readonly app: string;
  /** As this Goku last wrote it, or saw it followed; at the same moment. */
  readonly known: Indexes;
  readonly found: Indexes;
}

/** Changes by others that were told: once they are followed, they are written down; until then, only this process knows. */
export interface Told {
  /** By app: what is no news, since this Goku wrote it or told it. */
  all(): Map<string, Indexes>;
  of(app: string): Indexes;
  tell(finding: Finding): ForeignChange;
}

export function createTold(ownWrites: OwnWrites): Told {
  /** The newest of each app, which has what came before it as well. */
  const pending = new Map<string, Finding>();

  const withPending = (app: string, own: Indexes): Indexes => {
    const finding = pending.get(app);
    const news = finding === undefined ? [] : newsOf(finding, own);
    return new Map([...new Map([...own, ...news])].filter(isThere));
  };

  return {
    all() {
      const own = ownWrites.all();
      const apps = new Set([...own.keys(), ...pending.keys()]);
      return new Map([...apps].map((app) => [app, withPending(app, own.get(app) ?? new Map())]));
    },
    of: (app) => withPending(app, ownWrites.of(app)),
    tell(finding) {
      const { app } = finding;
      pending.set(app, finding);
      return {
        app,
        followed() {
          if (pending.get(app) === finding) {
            ownWrites.record(app, newsOf(finding, ownWrites.of(app)));
            pending.delete(app);
          }
        },
      };
    },
  };
}

export function differingKeys(known: Indexes, found: Indexes): string[] {
  const keys = new Set([...known.keys(), ...found.keys()]);
  return [...keys].filter((key) => known.get(key) !== found.get(key));
}

/** What others changed, null for keys that are gone; without what this Goku wrote since. */
function newsOf({ known, found }: Finding, own: Indexes): Map<string, number | null> {
  const keys = differingKeys(known, found).filter((key) => own.get(key) === known.get(key));
  return new Map(keys.map((key) => [key, found.get(key) ?? null]));
}

function isThere(entry: [string, number | null]): entry is [string, number] {
  return entry[1] !== null;
}
