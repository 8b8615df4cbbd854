import type { ReleaseServices, WantedService } from "../../compose-ports.ts";
import type { Definition, DefinitionPart } from "../../service.ts";
import { containerLog } from "../container-log.ts";
import { blankLabels, label } from "../labels.ts";
import type { Names } from "../names.ts";
import { escaped, partOf, plain, stringsOf, textOf } from "./json-part.ts";

/** The address of a container to be on a network, by the network's key in the file. */
export interface Place {
  readonly key: string;
  readonly address: string;
}

/**
 * What docker compose creates the wanted containers from. Networks and volumes are there already; services that are not
 * wanted are only in it because wanted ones may refer to them.
 */
export function servicesDefinition(
  names: Names,
  source: ReleaseServices,
  wanted: readonly WantedService[],
  places: ReadonlyMap<string, readonly Place[]> = new Map(),
): DefinitionPart {
  const { app, definition, images } = source;
  const byName = new Map(wanted.map((each) => [each.service, each]));
  const services = Object.entries(definition.services).map(([name, service]) => {
    const want = byName.get(name);
    const part =
      want === undefined
        ? bystander(images[name])
        : {
            ...service,
            ...imageOf(name, images),
            ...placedNetworks(service, places.get(name) ?? []),
            // A file that says something about its log is left alone.
            logging: service["logging"] ?? containerLog,
            labels: serviceLabels(names.instance, source, want, service["labels"]),
          };
    return [name, part] as const;
  });
  const chosen = wanted.map(({ service }) => partOf(definition.services[service]));
  return projectOf(names, app, definition, Object.fromEntries(services), chosen);
}

function placedNetworks({ networks }: DefinitionPart, places: readonly Place[]): DefinitionPart {
  if (places.length === 0) {
    return {};
  }
  const placed = places.map(({ key, address }) => [
    key,
    { ...partOf(partOf(networks)[key]), ipv4_address: address },
  ]);
  return { networks: { ...partOf(networks), ...Object.fromEntries(placed) } };
}

/** A project of these services, with what the chosen ones refer to. */
export function projectOf(
  names: Names,
  app: string,
  definition: Definition,
  services: DefinitionPart,
  chosen: readonly DefinitionPart[],
): DefinitionPart {
  return {
    name: names.repository(app),
    services,
    networks: present(names, app, definition.networks, networksOf(chosen)),
    volumes: present(names, app, definition.volumes, volumesOf(chosen)),
    secrets: pick(definition.secrets, usedFiles(chosen, "secrets")),
    configs: pick(definition.configs, usedFiles(chosen, "configs")),
  };
}

export function bystander(image: string | undefined): DefinitionPart {
  return { image: image ?? "none", network_mode: "none" };
}

/** What is not there is not pulled: images are fetched before. */
export function imageOf(service: string, images: Readonly<Record<string, string>>): DefinitionPart {
  const image = images[service];
  if (image === undefined) {
    throw new Error(`the service ${service} has no image to be created from`);
  }
  return { image, pull_policy: "never", build: undefined };
}

/** Labels that say whose a container is come from us alone. */
function serviceLabels(
  instance: string,
  { app, version }: ReleaseServices,
  { fingerprint, routed }: WantedService,
  given: unknown,
): Record<string, string> {
  return {
    ...othersLabels(given),
    ...blankLabels,
    [label.instance]: instance,
    [label.app]: app,
    [label.fingerprint]: escaped(fingerprint),
    ...(routed ? { [label.release]: String(version) } : {}),
  };
}

export function othersLabels(given: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stringsOf(given)).filter(
      ([key]) => !/^(?:goku|com\.docker\.compose)\./.test(key),
    ),
  );
}

/** Keys of the networks that services are on. */
export function networksOf(services: readonly DefinitionPart[]): string[] {
  return unique(
    services.flatMap(({ networks }) =>
      Array.isArray(networks) ? networks.map(String) : Object.keys(partOf(networks)),
    ),
  );
}

/** Keys of the named volumes that services mount. */
export function volumesOf(services: readonly DefinitionPart[]): string[] {
  const mounts = services.flatMap(({ volumes }) => (Array.isArray(volumes) ? volumes : []));
  return unique(
    mounts
      .map(partOf)
      .filter(({ type, source }) => type === "volume" && typeof source === "string")
      .map(({ source }) => String(source)),
  );
}

function usedFiles(services: readonly DefinitionPart[], kind: "secrets" | "configs"): string[] {
  const uses = services.flatMap(({ [kind]: used }) => (Array.isArray(used) ? used : []));
  return unique(uses.map((use) => (typeof use === "string" ? use : textOf(partOf(use)["source"]))));
}

/** The name in Docker of a network or volume. */
export function nameOf(names: Names, app: string, key: string, part: DefinitionPart): string {
  const own = part["x-goku-name"];
  if (isExternal(part)) {
    return plain(typeof part["name"] === "string" ? part["name"] : key);
  }
  return names.resource(app, typeof own === "string" ? plain(own) : key);
}

export function isExternal(part: DefinitionPart): boolean {
  return part["external"] === true;
}

/** Networks or volumes as ones that compose has not to make. */
function present(
  names: Names,
  app: string,
  parts: Readonly<Record<string, DefinitionPart>>,
  keys: readonly string[],
): DefinitionPart {
  return Object.fromEntries(
    keys.map((key) => [
      key,
      { name: escaped(nameOf(names, app, key, partOf(parts[key]))), external: true },
    ]),
  );
}

function pick(
  parts: Readonly<Record<string, DefinitionPart>>,
  keys: readonly string[],
): DefinitionPart {
  return Object.fromEntries(
    keys.flatMap((key) => (parts[key] === undefined ? [] : [[key, parts[key]] as const])),
  );
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
