import type { Replica } from "../../ports.ts";
import { groupBy } from "../../system/group-by.ts";
import type { Listed } from "../container-list.ts";
import { isNamespace, type Labels, readReplica, readService } from "../labels.ts";

/**
 * The replicas among the instance's containers. One of a Dockerfile has the address of the namespace it has joined and its
 * place as a label; one of a compose project has an address of its own, and its place is that of its number.
 */
export function readReplicas(containers: readonly Listed[], app?: string): Replica[] {
  const namespaces = new Map(
    containers.filter(({ labels }) => isNamespace(labels)).map((each) => [each.id, each]),
  );
  const replicas = containers.flatMap((container) => {
    const replica = readReplica(container.labels);
    if (replica === null || (app !== undefined && replica.app !== app)) {
      return [];
    }
    const { id, name, image, createdAt } = container;
    const namespace = namespaces.get(container.joins ?? "");
    const isReachable = replica.service !== null || namespace?.running === true;
    const running = container.running && isReachable;
    const restarting = container.restarting && isReachable;
    const address = replica.service === null ? (namespace?.address ?? null) : container.address;
    return [{ ...replica, id, name, image, createdAt, running, restarting, address }];
  });
  return withPlaces(replicas, new Map(containers.map(({ id, labels }) => [id, numberOf(labels)])));
}

/** docker compose counts on through all releases. */
function withPlaces(replicas: readonly Replica[], numbers: ReadonlyMap<string, number>): Replica[] {
  const releases = groupBy(
    replicas.filter(({ service }) => service !== null),
    ({ app, service, version }) => JSON.stringify([app, service, version]),
  );
  const places = new Map(
    [...releases.values()].flatMap((theirs) =>
      [...theirs]
        .sort((one, other) => (numbers.get(one.id) ?? 0) - (numbers.get(other.id) ?? 0))
        .map(({ id }, at) => [id, at + 1] as const),
    ),
  );
  return replicas.map((replica) => ({
    ...replica,
    index: places.get(replica.id) ?? replica.index,
  }));
}

function numberOf(labels: Labels): number {
  return readService(labels)?.number ?? 0;
}
