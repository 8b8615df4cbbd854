import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../errors.ts";
import type { ForeignChange } from "../ports.ts";
import type { OwnWrites } from "../store-ports.ts";
import type { Log } from "../system/log.ts";
import type { InTurn } from "../system/turns.ts";
import type { ConsulKv } from "./consul-kv.ts";
import { indexesByApp } from "./consul-tree.ts";
import { createTold, differingKeys, type Finding, type Indexes, type Told } from "./told.ts";

export interface Watched {
  readonly kv: ConsulKv;
  /** The folder of all apps: `goku/`. */
  readonly root: string;
  readonly ownWrites: OwnWrites;
  /** By app, shared with this Goku's own changes. */
  readonly inTurn: InTurn;
  readonly log: Log;
}

/** Changes that come together are told together. */
const togetherMs = 50;
/** Between two answers with the same index: what is in between may answer at once, time and again. */
const idleMs = 100;
const retryMs = { first: 100, most: 10_000 };

/**
 * Apps whose vars differ from what this Goku wrote, or told and saw followed; each difference once.
 * Goes on through outages and ends with the signal.
 */
export async function* foreignChanges(
  watched: Watched,
  signal: AbortSignal,
): AsyncGenerator<ForeignChange> {
  const told = createTold(watched.ownWrites);
  let index = 0;
  let failures = 0;
  while (!signal.aborted) {
    let foreign: readonly Finding[] = [];
    try {
      const snapshot = await watched.kv.readTreeAfter(watched.root, index, signal);
      const snapshotOf = indexesByApp(watched.root, snapshot.entries);
      foreign = await foreignIn(watched, told, snapshotOf, signal);
      const next = indexAfter(index, snapshot.index);
      if (next === index) {
        await delay(idleMs, undefined, { signal });
      }
      index = next;
      failures = afterSuccess(watched.log, failures);
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      failures = afterFailure(watched.log, failures, error);
      index = 0;
      await pause(retryMsAfter(failures), signal);
    }
    for (const finding of foreign) {
      yield told.tell(finding);
    }
  }
}

/** Consul's rules for a blocking query: from the beginning when the index goes backwards, and never with 0 twice. */
export function indexAfter(previous: number, received: number): number {
  return received < previous ? 0 : Math.max(received, 1);
}

/** Apps with a key that is new, gone, or at another index. */
export function differingApps(
  known: ReadonlyMap<string, Indexes>,
  found: ReadonlyMap<string, Indexes>,
): string[] {
  const none: Indexes = new Map();
  const apps = new Set([...known.keys(), ...found.keys()]);
  return [...apps].filter(
    (app) => differingKeys(known.get(app) ?? none, found.get(app) ?? none).length > 0,
  );
}

export function retryMsAfter(failures: number): number {
  return Math.min(retryMs.first * 2 ** (failures - 1), retryMs.most);
}

/**
 * A difference may be this Goku's own change whose answer is not here yet, so each is looked at
 * again while no own change of that app is under way.
 */
async function foreignIn(
  { kv, root, ownWrites, inTurn }: Watched,
  told: Told,
  snapshot: ReadonlyMap<string, Indexes>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const suspects = differingApps(told.all(), snapshot);
  if (suspects.length > 0) {
    await delay(togetherMs, undefined, { signal });
  }
  const foreign: Finding[] = [];
  for (const app of suspects) {
    await inTurn(app, async () => {
      const entries = await kv.readTree(`${root}${app}/`);
      const found = indexesByApp(root, entries).get(app) ?? new Map<string, number>();
      if (differingKeys(told.of(app), found).length > 0) {
        foreign.push({ app, known: ownWrites.of(app), found });
      }
    });
  }
  return foreign;
}

function afterSuccess(log: Log, failures: number): number {
  if (failures > 0) {
    log.info("Consul answers again: changes of vars are noticed.");
  }
  return 0;
}

function afterFailure(log: Log, failures: number, error: unknown): number {
  if (failures === 0) {
    log.warn({ reason: messageOf(error) }, "Changes of vars by others go unnoticed for now.");
  }
  return failures + 1;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}
