import type { ServicesSpec, WantedService } from "../../compose-ports.ts";
import type { Names } from "../names.ts";
import { givenAddresses, parseAddress, type Subnet } from "../network/subnet.ts";
import { partOf } from "./json-part.ts";
import type { Subnets } from "./project-networks.ts";
import { nameOf, type Place } from "./services-definition.ts";

/** An address that a container has asked for. */
export interface Held {
  /** Id. */
  readonly container: string;
  /** Name or id: of a container that never started, Docker tells one or the other. */
  readonly network: string;
  readonly address: string;
}

/**
 * Addresses for the wanted containers, by service, on networks where they are ours to give: one that takes another's place
 * gets what that had. What has an address of its own gets it again after each stop, whatever Docker gives to others
 * meanwhile. Where none is left, and for several containers of one service (docker compose can give them one only), Docker
 * chooses.
 */
export function chooseAddresses(
  names: Names,
  { app, definition }: Pick<ServicesSpec, "app" | "definition">,
  wanted: readonly WantedService[],
  subnets: Subnets,
  held: readonly Held[],
): ReadonlyMap<string, readonly Place[]> {
  const taken = held.map((each) => ({
    ...each,
    network: subnets.get(each.network)?.name ?? each.network,
  }));
  const choose = (network: string, subnet: Subnet, replaced: string | undefined) => {
    const there = taken.filter((each) => each.network === network);
    const had = there.find(({ container }) => container === replaced)?.address;
    // Two may take the place of one.
    const isGiven = there.some(({ container, address }) => container === "" && address === had);
    return (
      (isGiven ? undefined : had) ?? nextFree(subnet, new Set(there.map(({ address }) => address)))
    );
  };
  const placesOf = ({ service, replaces }: WantedService) =>
    Object.keys(partOf(definition.services[service]?.["networks"])).flatMap((key) => {
      const network = nameOf(names, app, key, partOf(definition.networks[key]));
      const subnet = subnets.get(network)?.subnet ?? null;
      const address = subnet === null ? null : choose(network, subnet, replaces?.[0]?.id);
      if (address === null) {
        return [];
      }
      taken.push({ container: "", network, address });
      return [{ key, address }];
    });
  return new Map(
    wanted.filter(({ count }) => count === 1).map((each) => [each.service, placesOf(each)]),
  );
}

/** After the highest in use: one that was just given back may still be somebody's idea of another service. */
export function nextFree(subnet: Subnet, used: ReadonlySet<string>): string | null {
  const all = [...givenAddresses(subnet)];
  const last = Math.max(0, ...all.filter((each) => used.has(each)).map(parseAddress));
  const free = all.filter((address) => !used.has(address));
  return free.find((address) => parseAddress(address) > last) ?? free[0] ?? null;
}
