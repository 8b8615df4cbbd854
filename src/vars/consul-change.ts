import { tooManyVars, varsTooLarge } from "../errors.ts";
import type { VarChange, VarChoice } from "../ports.ts";
import type { OwnWrites } from "../store-ports.ts";
import { type ConsulKv, type KvOperation, maxOperations } from "./consul-kv.ts";
import { childrenOf, type KvEntry, readableValue } from "./consul-tree.ts";
import { type Difference, differenceOf } from "./difference.ts";

export interface AppFolder {
  readonly app: string;
  /** `goku/blog/` */
  readonly folder: string;
}

export interface ConsulChanged {
  /** The app's vars as of the same transaction. */
  readonly entries: ReadonlyMap<string, KvEntry>;
  readonly changed: readonly string[];
}

/**
 * Writes what differs in one transaction, and remembers it as this Goku's own. Of a key that somebody
 * else writes at the same moment the last value stays; no other key is touched.
 */
export async function changeInConsul(
  kv: ConsulKv,
  ownWrites: OwnWrites,
  { app, folder }: AppFolder,
  change: VarChange | VarChoice,
): Promise<ConsulChanged> {
  const before = childrenOf(folder, await kv.readTree(folder));
  const difference = differenceOf(readableValues(before), change);
  const { set, changed } = difference;
  if (changed.length === 0) {
    return { entries: before, changed };
  }
  if (changed.length > maxOperations) {
    throw tooManyVars(app, changed.length, maxOperations);
  }
  const answer = await kv.transact(operationsFor(folder, difference));
  if (answer === "too large") {
    throw varsTooLarge(app, bytesOf(difference));
  }
  ownWrites.record(app, indexesOf(folder, difference, answer));
  // A full transaction has no room to read as well.
  const tree = changed.length < maxOperations ? answer.slice(set.size) : await kv.readTree(folder);
  return { entries: childrenOf(folder, tree), changed };
}

/** First what is set, then what is removed, then a look at all of it where there is room. */
function operationsFor(folder: string, { set, remove }: Difference): KvOperation[] {
  const operations: KvOperation[] = [
    ...[...set].map(([key, value]) => ({ verb: "set", path: folder + key, value }) as const),
    ...remove.map((key) => ({ verb: "delete", path: folder + key }) as const),
  ];
  return operations.length < maxOperations
    ? [...operations, { verb: "get-tree", path: folder }]
    : operations;
}

function indexesOf(
  folder: string,
  { set, remove }: Difference,
  answer: readonly KvEntry[],
): Map<string, number | null> {
  const written = answer.slice(0, set.size);
  return new Map<string, number | null>([
    ...remove.map((key) => [key, null] as const),
    ...written.map(({ path, modifyIndex }) => [path.slice(folder.length), modifyIndex] as const),
  ]);
}

function readableValues(entries: ReadonlyMap<string, KvEntry>): Map<string, string | null> {
  return new Map([...entries].map(([key, entry]) => [key, readableValue(key, entry)]));
}

function bytesOf({ set }: Difference): number {
  return [...set].reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
}
