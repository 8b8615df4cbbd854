import type { App } from "../../app.ts";
import type { ServiceContainer } from "../../compose-ports.ts";
import type { Replica } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { isCompose } from "../plan/shape.ts";
import { groupBy } from "../../system/group-by.ts";

/** A container of an app, whatever it is made from. */
export interface AppContainer {
  readonly id: string;
  readonly name: string;
  /** Of a compose project; null for a Dockerfile. */
  readonly service: string | null;
  /** The release it belongs to; null for services that outlive releases. */
  readonly version: number | null;
  /** Which of several that are alike, counted from 1. */
  readonly index: number;
  /** Image id. */
  readonly image: string;
  /** IPv4 on the routed network; null for one without. */
  readonly address: string | null;
  readonly state: ServiceContainer["state"];
  /** ISO 8601 */
  readonly createdAt: string;
}

/** The containers of the live release: of a Dockerfile its replicas, of a project all there are, jobs included. */
export async function containersOf(parts: Parts, app: App): Promise<AppContainer[]> {
  const live = parts.store.releases.live(app.id);
  if (live === null) {
    return [];
  }
  if (isCompose(live)) {
    return numbered(await parts.composer.listServices(app.id));
  }
  const replicas = await parts.engine.listReplicas(app.id);
  return replicas.filter(({ version }) => version === live.version).map(ofReplica);
}

/** In the order of services, older releases first. */
export function numbered(containers: readonly ServiceContainer[]): AppContainer[] {
  const alike = groupBy(containers, ({ service, version, fingerprint }) =>
    JSON.stringify([service, version, fingerprint]),
  );
  return [...alike.values()]
    .flatMap((theirs) =>
      theirs.toSorted(byAge).map((container, at): AppContainer => ofService(container, at + 1)),
    )
    .toSorted(
      (one, other) =>
        compare(one.service ?? "", other.service ?? "") ||
        (one.version ?? 0) - (other.version ?? 0),
    );
}

/** Docker tells whole seconds; docker compose's numbers go on counting in the names. */
function byAge(one: ServiceContainer, other: ServiceContainer): number {
  return (
    compare(one.createdAt, other.createdAt) ||
    one.name.localeCompare(other.name, "en", { numeric: true })
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function ofService(container: ServiceContainer, index: number): AppContainer {
  const { id, name, service, version, image, address, state, createdAt } = container;
  return { id, name, service, version, index, image, address, state, createdAt };
}

function ofReplica(replica: Replica): AppContainer {
  const { id, name, service, version, index, image, address, running, createdAt } = replica;
  const state = running ? "running" : replica.restarting ? "restarting" : "exited";
  return { id, name, service, version, index, image, address, state, createdAt };
}
