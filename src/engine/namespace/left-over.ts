import type { Lease } from "../../store-ports.ts";
import type { Listed } from "../container-list.ts";
import { isGeneric, isNamespace, readService } from "../labels.ts";
import type { Namespace } from "./namespaces.ts";

/** What a look at Docker and the leases says should be put right. */
export interface LeftOvers {
  /** Spares of an earlier Goku. */
  readonly adopt: readonly Namespace[];
  /** Those that replicas of an app have left. */
  readonly rest: readonly { readonly namespace: Namespace; readonly app: string }[];
  /** Other namespaces that nobody joined. */
  readonly remove: readonly Namespace[];
  /** Leases of holders that are gone. */
  readonly release: readonly Lease[];
  /** Of namespaces and services whose lease is lost: their address must not go to another. */
  readonly lease: readonly Omit<Lease, "app">[];
}

/**
 * @param leases as they were before the containers were listed: a lease of a container that is missing is one too many then
 * @param used ids and names of namespaces that somebody in this process works with
 * @param room how many spares the pool can take
 */
export function findLeftOvers(
  containers: readonly Listed[],
  leases: readonly Lease[],
  used: ReadonlySet<string>,
  room: number,
): LeftOvers {
  const joined = new Set(containers.flatMap(({ joins }) => joins ?? []));
  const namespaces = containers.filter(({ labels }) => isNamespace(labels));
  const idle = namespaces.filter(
    ({ id, name }) => !joined.has(id) && !used.has(id) && !used.has(name),
  );
  const leaseAt = new Map(leases.map((lease) => [lease.address, lease]));
  const usable = idle.filter(({ running, labels }) => running && isGeneric(labels));
  const appAt = ({ address }: Listed) => leaseAt.get(address ?? "")?.app;
  // One without a lease may have been anybody's.
  const adopt = usable.filter((each) => appAt(each) === null).slice(0, Math.max(0, room));
  const rest = usable.flatMap((each) => {
    const app = appAt(each);
    return app === null || app === undefined ? [] : [{ namespace: readNamespace(each), app }];
  });
  const resting = new Set(rest.map(({ namespace }) => namespace.id));
  const remove = idle.filter((each) => !adopt.includes(each) && !resting.has(each.id));
  const holders = new Set([...containers.flatMap(({ id, name }) => [id, name]), ...used]);
  return {
    adopt: adopt.map(readNamespace),
    rest,
    remove: remove.map(readNamespace),
    release: leases.filter(({ holder }) => !holders.has(holder)),
    lease: containers
      .filter((container) => !remove.includes(container))
      .flatMap(leaseOf)
      .filter(({ address }) => !leaseAt.has(address)),
  };
}

/** A service's container may get another name, so that its id holds the lease. */
function leaseOf({ id, name, labels, address }: Listed): Omit<Lease, "app">[] {
  const holder = isNamespace(labels) ? name : id;
  return address === null || !(isNamespace(labels) || readService(labels))
    ? []
    : [{ address, holder }];
}

function readNamespace(listed: Listed): Namespace {
  const { id, name, address, labels, networks } = listed;
  const generic = listed.running && isGeneric(labels);
  return { id, name, address: address ?? "", generic, linked: networks.length > 1 };
}
