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

/**
 * Names that `container_name` and `links` give. A link's alias holds for all on the network that the two share: Docker's
 * own links need the container of the other service to be there, and die with it.
 * @throws badProject for a name that would be two services
 */
export function readAliases(model: ComposeModel, file: string): Aliases {
  const notes: string[] = [];
  const names = Object.entries(model.services).flatMap(([service, { container_name: name }]) =>
    name === undefined || name === service
      ? []
      : networksOf(model, service).map((network) => ({ service, network, name })),
  );
  const links = Object.entries(model.services).flatMap(([service, { links: texts }]) =>
    (texts ?? []).flatMap((text) => {
      const [target = "", name = target] = text.split(":");
      const shared = networksOf(model, target).filter((network) =>
        networksOf(model, service).includes(network),
      );
      if (shared.length === 0) {
        notes.push(`The link of ${service} to ${target} leads nowhere: they share no network.`);
      }
      return name === target ? [] : shared.map((network) => ({ service: target, network, name }));
    }),
  );
  for (const alias of links) {
    assertUnclaimed(model, alias, [...names, ...links], file);
  }
  const all = [...names, ...links];
  return {
    of: (service, network) =>
      all.flatMap((alias) =>
        alias.service === service && alias.network === network ? [alias.name] : [],
      ),
    notes,
  };
}

function networksOf({ services }: ComposeModel, service: string): string[] {
  return Object.keys(services[service]?.networks ?? {});
}

function assertUnclaimed(
  model: ComposeModel,
  { service, network, name }: Alias,
  aliases: readonly Alias[],
  file: string,
): void {
  const other =
    aliases.find(
      (alias) => alias.network === network && alias.name === name && alias.service !== service,
    )?.service ?? (networksOf(model, name).includes(network) ? name : service);
  if (other !== service) {
    throw badProject(
      `${file}: links call both ${service} and ${other} "${name}" on the network ${network}.`,
      "Call one of them by another name, or put them on networks of their own.",
    );
  }
}
