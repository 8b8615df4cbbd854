import { badProject } from "../../errors.ts";
import type { ComposeModel } from "./model.ts";

export interface Aliases {
  /** Names by which a service is also known on a network: `of(service, network)`. */
  of(service: string, network: string): readonly string[];
  readonly notes: readonly string[];
}

interface Alias {
  readonly service: string;
  readonly network: string;
  readonly name: string;
}

/** What a file may give, counted once for each network. */
export const mostNames = 10_000;

/**
 * Names that `container_name` and `links` give. A link's alias holds for all on the network that the two share: Docker's
 * own links need the container of the other service to be there, and die with it.
 * @throws badProject for a name that would be two services, and for more than can be
 */
export function readAliases(model: ComposeModel, file: string): Aliases {
  const notes: string[] = [];
  const names: Alias[] = [];
  const links: Alias[] = [];
  const add = (to: Alias[], alias: Alias) => {
    to.push(alias);
    if (names.length + links.length > mostNames) {
      throw badProject(
        `${file} gives more than ${mostNames} names on networks (container_name, links).`,
        "Put services on fewer networks, or divide the file among several repositories.",
      );
    }
  };
  for (const [service, { container_name: name }] of Object.entries(model.services)) {
    if (name !== undefined && name !== service) {
      networksOf(model, service).forEach((network) => add(names, { service, network, name }));
    }
  }
  for (const [service, { links: texts }] of Object.entries(model.services)) {
    const shared = new Map<string, readonly string[]>();
    for (const text of texts ?? []) {
      const [target = "", name = target] = text.split(":");
      const networks = shared.get(target) ?? sharedNetworks(model, service, target);
      shared.set(target, networks);
      if (networks.length === 0) {
        notes.push(`The link of ${service} to ${target} leads nowhere: they share no network.`);
      } else if (name !== target) {
        networks.forEach((network) => add(links, { service: target, network, name }));
      }
    }
  }
  const all = [...names, ...links];
  assertUnclaimed(model, links, all, file);
  const known = new Map<string, string[]>();
  for (const { service, network, name } of all) {
    const key = keyOf(service, network);
    const before = known.get(key) ?? [];
    before.push(name);
    known.set(key, before);
  }
  return {
    of: (service, network) => known.get(keyOf(service, network)) ?? [],
    notes,
  };
}

function networksOf({ services }: ComposeModel, service: string): string[] {
  return Object.keys(services[service]?.networks ?? {});
}

function isOn({ services }: ComposeModel, service: string, network: string): boolean {
  return Object.hasOwn(services[service]?.networks ?? {}, network);
}

function sharedNetworks(model: ComposeModel, service: string, target: string): string[] {
  return networksOf(model, target).filter((network) => isOn(model, service, network));
}

/** @throws badProject for the first link that calls a service as another is called */
function assertUnclaimed(
  model: ComposeModel,
  links: readonly Alias[],
  all: readonly Alias[],
  file: string,
): void {
  const claimants = new Map<string, Set<string>>();
  for (const { service, network, name } of all) {
    const key = keyOf(network, name);
    claimants.set(key, (claimants.get(key) ?? new Set()).add(service));
  }
  for (const { service, network, name } of links) {
    const other = [
      ...(claimants.get(keyOf(network, name)) ?? []),
      ...(isOn(model, name, network) ? [name] : []),
    ].find((each) => each !== service);
    if (other !== undefined) {
      throw badProject(
        `${file}: links call both ${service} and ${other} "${name}" on the network ${network}.`,
        "Call one of them by another name, or put them on networks of their own.",
      );
    }
  }
}

function keyOf(one: string, other: string): string {
  return JSON.stringify([one, other]);
}
