import type { Leases } from "../../store-ports.ts";
import type { Log } from "../../system/log.ts";
import { cleanUp } from "../../system/clean-up.ts";
import type { Listed } from "../container-list.ts";
import type { Claims } from "./claims.ts";
import { findLeftOvers } from "./left-over.ts";
import type { Namespaces } from "./namespaces.ts";
import type { Pool } from "./pool.ts";

export interface TidyParts {
  readonly list: () => Promise<Listed[]>;
  readonly leases: Leases;
  readonly claims: Claims;
  readonly namespaces: Namespaces;
  readonly pool: Pool;
  readonly log: Log;
}

/**
 * Brings namespaces, leases and pool in line with what Docker has: an earlier Goku's spares are taken over, what is
 * left over goes.
 * @returns all containers, as they were listed for it
 */
export async function tidyNamespaces(parts: TidyParts): Promise<Listed[]> {
  const { claims, leases, log, namespaces, pool } = parts;
  const before = claims.used();
  const held = leases.all();
  const spares = pool.spares();
  const containers = await parts.list();
  const running = new Set(containers.flatMap((each) => (each.running ? [each.id] : [])));
  const dead = spares.filter(({ id }) => !running.has(id) && pool.drop(id) !== null);
  // Whatever was begun or taken during the list counts as used too.
  const used = new Set([...before, ...claims.used()]);
  dead.forEach(({ id }) => used.delete(id));
  const leftOvers = findLeftOvers(containers, held, used, pool.room());
  leftOvers.release.forEach(({ address, holder }) => namespaces.release(address, holder));
  leftOvers.lease.forEach(({ address, holder }) => leases.lease([address], holder));
  pool.adopt(leftOvers.adopt);
  const surplus = leftOvers.rest.filter(({ namespace, app }) => !pool.takeBack(namespace, app));
  await Promise.all(
    [...leftOvers.remove, ...surplus.map(({ namespace }) => namespace)].map((namespace) =>
      cleanUp(log, `remove ${namespace.name}`, () => namespaces.remove(namespace)),
    ),
  );
  return containers;
}
