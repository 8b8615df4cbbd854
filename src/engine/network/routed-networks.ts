import type Docker from "dockerode";
import { noAddressLeft } from "../../errors.ts";
import type { Leases } from "../../store-ports.ts";
import { roleLabels, withLabels } from "../labels.ts";
import { createInFirst } from "./create-network.ts";
import {
  addressesOf,
  formatSubnet,
  gatewayOf,
  guestsOf,
  parseAddress,
  parseSubnet,
  planSubnets,
  type Subnet,
} from "./subnet.ts";

/** A leased address and the network it is on. */
export interface Place {
  readonly network: string;
  readonly address: string;
}

export type RoutedNetworks = ReturnType<typeof createRoutedNetworks>;

interface Routed {
  readonly name: string;
  readonly subnet: Subnet;
}

/** For whom a routed network is. */
export interface RoutedKind {
  /** Of the `at`-th, counted from 1. */
  readonly nameOf: (at: number) => string;
  /** Nothing but this machine can be reached on it: its containers have another network for that. */
  readonly internal: boolean;
  /** The first is made before anybody needs it. */
  readonly ahead: boolean;
}

/**
 * The bridges nginx reaches containers on. Inter-container traffic is off, each container has an address leased to
 * it, and when a bridge is full there is another.
 */
export function createRoutedNetworks(
  docker: Docker,
  instance: string,
  kind: RoutedKind,
  whole: Subnet,
  leases: Leases,
) {
  const plan = planSubnets(whole).routed;
  let known: Routed[] = [];
  let creation: Promise<void> | null = null;
  /** Of each network: where the search for a free address goes on, so that one just given back is not the next one taken. */
  const last = new Map<string, number>();
  /** nginx may name these until each app's route is put anew, whoever has lost one while Goku was away. */
  const heldAtStart = new Set(leases.all().map(({ address }) => address));

  /** Reads what is there, and makes the first where one should be there. */
  async function ensure(): Promise<void> {
    known = await read();
    if (known.length === 0 && kind.ahead) {
      await addOne();
    }
  }

  async function read(): Promise<Routed[]> {
    const found = await docker.listNetworks({
      filters: withLabels(roleLabels(instance, "network")),
    });
    return found
      .flatMap(({ Name, IPAM }) => {
        const subnet = IPAM?.Config?.[0]?.Subnet;
        const at = plan.findIndex((_, index) => kind.nameOf(index + 1) === Name);
        return subnet === undefined || at === -1
          ? []
          : { at, name: Name, subnet: parseSubnet(subnet) };
      })
      .sort((one, other) => one.at - other.at);
  }

  function addOne(): Promise<void> {
    creation ??= findOrCreate().finally(() => {
      creation = null;
    });
    return creation;
  }

  /** There may be more than are known: where Goku started without Docker, and where a look was overtaken. */
  async function findOrCreate(): Promise<void> {
    const seen = known.length;
    known = await read();
    if (known.length <= seen) {
      await create();
    }
  }

  /** Takes the first part of the instance's network that nothing else on this machine uses. */
  async function create(): Promise<void> {
    const name = kind.nameOf(known.length + 1);
    const taken = new Set(known.map(({ subnet }) => formatSubnet(subnet)));
    const free = plan.filter((subnet) => !taken.has(formatSubnet(subnet)));
    if (free.length === 0) {
      throw noAddressLeft(formatSubnet(whole));
    }
    const subnet = await createInFirst(docker, free, formatSubnet(whole), (each) =>
      routedNetworkOptions(name, each, instance, kind.internal),
    );
    known = [...known, { name, subnet }];
  }

  function leaseOne(holder: string, but: ReadonlySet<string>): Place | null {
    for (const { name, subnet } of known) {
      const after = last.get(name) ?? highestIn(subnet, leases);
      const address = leases.lease(without(but, addressesOf(subnet, after)), holder);
      if (address !== null) {
        last.set(name, parseAddress(address));
        return { network: name, address };
      }
    }
    return null;
  }

  /** @throws noAddressLeft */
  async function lease(holder: string): Promise<Place> {
    for (;;) {
      const seen = known.length;
      const place = leaseOne(holder, heldAtStart) ?? leaseOne(holder, new Set());
      if (place !== null) {
        return place;
      }
      if (known.length === seen) {
        await addOne();
      }
    }
  }

  return { ensure, lease };
}

function* without(but: ReadonlySet<string>, addresses: Iterable<string>): Generator<string> {
  for (const address of addresses) {
    if (!but.has(address)) {
      yield address;
    }
  }
}

function highestIn(subnet: Subnet, leases: Leases): number {
  const addresses = leases.all().map(({ address }) => parseAddress(address));
  const within = addresses.filter((each) => each >= subnet.first && each < guestsOf(subnet).first);
  return Math.max(0, ...within);
}

/** Network names are unique in all but the oldest engines, which have to be asked for it. */
function routedNetworkOptions(
  name: string,
  subnet: Subnet,
  instance: string,
  internal: boolean,
): Docker.NetworkCreateOptions {
  return {
    Name: name,
    CheckDuplicate: true,
    Driver: "bridge",
    Internal: internal,
    Labels: roleLabels(instance, "network"),
    Options: { "com.docker.network.bridge.enable_icc": "false" },
    IPAM: {
      Driver: "default",
      Config: [
        {
          Subnet: formatSubnet(subnet),
          Gateway: gatewayOf(subnet),
          IPRange: formatSubnet(guestsOf(subnet)),
        },
      ],
    },
  };
}
