import type Docker from "dockerode";
import type { Log } from "../../system/log.ts";
import { cleanUp } from "../../system/clean-up.ts";
import type { Listed } from "../container-list.ts";
import { containerEvents } from "../events.ts";
import { isNamespace, readReplica, roleLabels, withLabels } from "../labels.ts";
import type { Namespace } from "./namespaces.ts";
import type { Pool } from "./pool.ts";

/** For a process that nobody can reach any more. */
const lostGraceMs = 1_000;

/** What the guard needs of the engine. */
export interface Guarded {
  readonly instance: string;
  readonly pool: Pool;
  readonly list: () => Promise<Listed[]>;
  readonly rejoin: (replica: string) => Promise<void>;
  readonly stop: (replica: string, graceMs: number) => Promise<void>;
  readonly removeNamespace: (namespace: Namespace) => Promise<void>;
  /** Looks at everything, as at the start. */
  readonly tidy: () => Promise<void>;
}

/**
 * Sees to it that no replica runs on in a namespace that is gone: Docker starts a namespace container that died, but
 * what had joined it keeps the old network, where nobody reaches it. Ends with the signal.
 */
export async function guardNamespaces(
  docker: Docker,
  engine: Guarded,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const filter = withLabels(roleLabels(engine.instance, "namespace"));
  for await (const event of containerEvents(docker, filter, log, signal)) {
    if (event.kind === "connected" && event.again) {
      await cleanUp(log, "tidy up after Docker came back", engine.tidy);
    } else if (event.kind === "die") {
      const spare = engine.pool.drop(event.id);
      await (spare === null
        ? cleanUp(log, "start a replica whose namespace died", async () =>
            reviveJoined(await engine.list(), event.id, engine, log),
          )
        : cleanUp(log, `remove ${spare.name}`, () => engine.removeNamespace(spare)));
      engine.pool.refill();
    }
  }
}

async function reviveJoined(
  containers: readonly Listed[],
  namespace: string,
  engine: Guarded,
  log: Log,
): Promise<void> {
  const alive = containers.filter(({ running, joins }) => running && joins === namespace);
  await Promise.all(
    alive.map(async ({ id, name }) => {
      try {
        await engine.rejoin(id);
      } catch (error) {
        // Nobody reaches it any more, and its end is what lets it be replaced.
        log.warn({ err: error }, `${name} lost its network namespace; ending it`);
        await engine.stop(id, lostGraceMs);
      }
    }),
  );
}

/** Replicas that may have lost their namespace while nobody looked: running, and in one. */
export function inNamespaces(containers: readonly Listed[]): Listed[] {
  const namespaces = new Set(
    containers.flatMap(({ id, labels }) => (isNamespace(labels) ? [id] : [])),
  );
  return containers.filter(
    ({ running, joins, labels }) =>
      running && joins !== null && namespaces.has(joins) && readReplica(labels) !== null,
  );
}
