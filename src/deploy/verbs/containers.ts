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
  /** On its way out: another has taken its place, and it ends what it has begun. */
  readonly leaving: boolean;
  /** ISO 8601 */
  readonly createdAt: string;
}

type Counted = Omit<AppContainer, "leaving">;

/** The containers of the live release: of a Dockerfile its replicas, of a project all there are, jobs included. */
export async function containersOf(parts: Parts, app: App): Promise<AppContainer[]> {
  const live = parts.store.releases.live(app.id);
  if (live === null) {
    return [];
  }
  const containers = isCompose(live)
    ? numbered(await parts.composer.listServices(app.id))
    : (await parts.engine.listReplicas(app.id))
        .filter(({ version }) => version === live.version)
        .map(ofReplica);
  const isLeaving = ({ id, version }: Counted) =>
    (version !== null && version < live.version) || parts.retiring.has(id);
  return containers.map((one) => Object.assign(one, { leaving: isLeaving(one) }));
}

/** In the order of services, older releases first. */
export function numbered(containers: readonly ServiceContainer[]): Counted[] {
  const alike = groupBy(containers, ({ service, version, fingerprint }) =>
    JSON.stringify([service, version, fingerprint]),
  );
  return [...alike.values()]
    .flatMap((theirs) =>
      theirs.toSorted(byAge).map((container, at) => ofService(container, at + 1)),
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

function ofService(container: ServiceContainer, index: number): Counted {
  const { id, name, service, version, image, address, state, createdAt } = container;
  return { id, name, service, version, index, image, address, state, createdAt };
}

function ofReplica(replica: Replica): Counted {
  const { id, name, service, version, index, image, address, running, createdAt } = replica;
  const state = running ? "running" : replica.restarting ? "restarting" : "exited";
  return { id, name, service, version, index, image, address, state, createdAt };
}
