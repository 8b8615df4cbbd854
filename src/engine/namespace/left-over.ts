import type { Lease } from "../../ports.ts";
import type { Listed } from "../container-list.ts";
import { isNamespace, label } from "../labels.ts";
import type { Namespace } from "./namespaces.ts";

/** What a look at Docker and the leases says should be put right. */
export interface LeftOvers {
  /** Spares of an earlier Goku. */
  readonly adopt: readonly Namespace[];
  /** Namespaces nobody joined, beyond the pool's size or standing still. */
  readonly remove: readonly Namespace[];
  /** Leases of holders that are gone. */
  readonly release: readonly Lease[];
  /** Namespaces whose lease is lost: their address must not go to another. */
  readonly lease: readonly Namespace[];
}

/**
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
  const spares = idle.filter(
    ({ running, labels }) => running && labels[label.generic] !== undefined,
  );
  const adopt = spares.slice(0, Math.max(0, room));
  const remove = idle.filter((container) => !adopt.includes(container));
  const names = new Set(containers.map(({ name }) => name));
  const leased = new Map(leases.map(({ address, holder }) => [address, holder]));
  return {
    adopt: adopt.map(readNamespace),
    remove: remove.map(readNamespace),
    release: leases.filter(({ holder }) => !names.has(holder) && !used.has(holder)),
    lease: namespaces
      .filter((container) => !remove.includes(container))
      .map(readNamespace)
      .filter(({ address }) => address !== "" && !leased.has(address)),
  };
}

export function readNamespace({ id, name, address, networks }: Listed): Namespace {
  return { id, name, address: address ?? "", linked: networks.length > 1 };
}
