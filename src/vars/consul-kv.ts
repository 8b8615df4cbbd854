import { EventEmitter } from "node:events";
import type Consul from "consul";
import { z } from "zod";
import { answerTimeoutMs, type ConsulAddress, connectToConsul } from "../consul/connection.ts";
import { answerOf, consulFailure } from "../consul/failure.ts";
import type { KvEntry } from "./consul-tree.ts";

/** The calls of Consul's KV store that vars are made of; all throw consulUnavailable and consulRefused. */
export interface ConsulKv {
  /** Everything under a folder (`goku/blog/`); empty where there is nothing. */
  readTree(folder: string): Promise<readonly KvEntry[]>;
  /** The same as soon as it is other than at `index`, or after some minutes. */
  readTreeAfter(folder: string, index: number, signal: AbortSignal): Promise<KvSnapshot>;
  /**
   * All operations or none.
   * @returns what each `set` wrote (without values) and each `get-tree` found, in order
   */
  transact(operations: readonly KvOperation[]): Promise<readonly KvEntry[] | "too large">;
}

export interface KvSnapshot {
  readonly index: number;
  readonly entries: readonly KvEntry[];
}

export type KvOperation =
  | { readonly verb: "set"; readonly path: string; readonly value: string }
  | { readonly verb: "delete" | "get-tree"; readonly path: string };

/** Consul takes no more in one transaction. */
export const maxOperations = 64;

/** Spread, so that many Gokus do not all ask again in the same moment. */
const longestWaitS = { least: 240, most: 300 };

/** The client gives values as buffers, a transaction as base64; an empty value is null in both. */
const entrySchema = z
  .object({ Key: z.string(), Value: z.unknown(), ModifyIndex: z.number() })
  .transform((item): KvEntry => ({
    path: item.Key,
    value: bytesOf(item.Value),
    modifyIndex: item.ModifyIndex,
  }));
/** The client answers undefined where there is nothing. */
const treeSchema = z.array(entrySchema).default([]);
const responseSchema = z.object({ headers: z.object({ "x-consul-index": z.string() }) });
const transactionSchema = z.object({ Results: z.array(z.object({ KV: entrySchema })).nullable() });

export function consulKv(server: ConsulAddress): ConsulKv {
  const consul = connectToConsul(server);

  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw consulFailure(server, error);
    }
  };

  const getTree = async (
    folder: string,
    context: ResponseContext,
    wait: BlockingQuery | null = null,
  ): Promise<KvSnapshot> => {
    const options = { key: folder, recurse: true, buffer: true, ctx: context, ...wait };
    const answer: unknown = await consul.kv.get(options);
    return snapshotOf(answer);
  };

  return {
    readTree: (folder) =>
      call(async () => {
        const { entries } = await getTree(folder, responseContext());
        if (entries.length === 0) {
          // Consul hides what a token may not see, and refuses only when it is asked for one key.
          await consul.kv.get({ key: folder });
        }
        return entries;
      }),

    readTreeAfter: (folder, index, signal) =>
      call(async () => {
        signal.throwIfAborted();
        const context = responseContext();
        const cancel = () => context.emit("cancel");
        signal.addEventListener("abort", cancel, { once: true });
        try {
          return await getTree(folder, context, blockingQuery(index));
        } finally {
          signal.removeEventListener("abort", cancel);
        }
      }),

    transact: (operations) =>
      call(async () => {
        try {
          const wire = operations.map(wireOperation);
          const answer = transactionSchema.parse(await transactionsOf(consul).create(wire));
          return (answer.Results ?? []).map(({ KV }) => KV);
        } catch (error) {
          if (answerOf(error)?.status === 413) {
            return "too large";
          }
          throw error;
        }
      }),
  };
}

/** The client is cancelled by an event, and answers with the whole response only to such a caller. */
type ResponseContext = EventEmitter & { readonly includeResponse: true };

function responseContext(): ResponseContext {
  return Object.assign(new EventEmitter(), { includeResponse: true as const });
}

interface BlockingQuery {
  readonly index: number;
  readonly wait: string;
  readonly timeout: number;
}

function blockingQuery(index: number): BlockingQuery {
  const waitS = Math.round(
    longestWaitS.least + Math.random() * (longestWaitS.most - longestWaitS.least),
  );
  // Consul adds up to a sixteenth of its own.
  const timeout = waitS * (17 / 16) * 1000 + answerTimeoutMs;
  return { index, wait: `${waitS}s`, timeout };
}

/** Fails where the index is missing: then something else than Consul answered. */
function snapshotOf(answer: unknown): KvSnapshot {
  const [response, tree] = z.array(z.unknown()).parse(answer);
  const { headers } = responseSchema.parse(response);
  return { index: Number(headers["x-consul-index"]), entries: treeSchema.parse(tree) };
}

function bytesOf(value: unknown): Buffer {
  if (typeof value === "string") {
    return Buffer.from(value, "base64");
  }
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

interface WireOperation {
  readonly KV: {
    readonly Verb: KvOperation["verb"];
    readonly Key: string;
    readonly Value?: string;
  };
}

function wireOperation(operation: KvOperation): WireOperation {
  return {
    KV: {
      Verb: operation.verb,
      Key: operation.path,
      ...("value" in operation && { Value: Buffer.from(operation.value).toString("base64") }),
    },
  };
}

interface Transactions {
  create(operations: readonly WireOperation[]): Promise<unknown>;
}

function transactionsOf({ transaction }: Consul): Transactions {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the client's types describe operations that Consul does not know
  return transaction as unknown as Transactions;
}
