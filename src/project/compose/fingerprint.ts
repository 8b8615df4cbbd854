import type { ComposeProject } from "../../project.ts";
import type { Definition, DefinitionPart } from "../../service.ts";
import { hashOf } from "./hash-of.ts";
import { onceEach } from "./once-each.ts";

const sharedKeys = ["network_mode", "ipc", "pid"];

/**
 * Characters of JSON of all that a service refers to. Of what is longer only the hashes count: every service of a project can
 * refer to the same.
 */
const longestReferred = 16 * 1024;

const known = new WeakMap<ComposeProject, (service: string) => string>();

/**
 * Hex hash of what a container of the service is made from: its definition and image, and what those refer to. A container
 * with another fingerprint has to make way for a new one.
 */
export function fingerprint(project: ComposeProject, service: string): string {
  const print = known.get(project) ?? fingerprintsOf(project);
  known.set(project, print);
  return print(service);
}

/** Reads everything once, however many services refer to it. */
function fingerprintsOf({ definition, images }: ComposeProject): (service: string) => string {
  const lengthOf = onceEach((part: unknown) => JSON.stringify(part).length);
  const hash = onceEach(hashOf);
  const begun = new Set<string>();
  const made = new Map<string, DefinitionPart>();

  function partsOf(service: string): DefinitionPart {
    const before = made.get(service);
    if (before !== undefined) {
      return before;
    }
    begun.add(service);
    const part = own(definition.services, service) ?? {};
    const mounts = listOf(part["volumes"]).filter(({ type }) => type === "volume");
    // A container in the namespace of another goes down with it. docker compose refuses files that go round in a circle.
    const hosts = sharedKeys
      .flatMap((key) => hostOf(part[key]))
      .filter((host) => made.has(host) || !begun.has(host))
      .map(partsOf);
    const referred = <Shown>(show: (each: unknown) => Shown) => ({
      networks: picked(definition.networks, Object.keys(part["networks"] ?? {}), show),
      volumes: picked(definition.volumes, sources(mounts), show),
      secrets: picked(definition.secrets, sources(listOf(part["secrets"])), show),
      configs: picked(definition.configs, sources(listOf(part["configs"])), show),
      hosts: hosts.map(show),
    });
    const lengths = Object.values(referred(lengthOf)).flatMap((each) => Object.values(each));
    const length = lengths.reduce((sum, each) => sum + each, 0);
    const parts = {
      part,
      image: own(images, service),
      ...referred(length > longestReferred ? hash : (each) => each),
    };
    made.set(service, parts);
    return parts;
  }

  return (service) => hash(partsOf(service));
}

function picked<Shown>(
  from: Definition["networks"],
  names: readonly string[],
  show: (each: unknown) => Shown,
): Record<string, Shown> {
  return Object.fromEntries(names.map((name) => [name, show(own(from, name))]));
}

/** A name may be that of a property which every object has. */
function own<Value>(from: Readonly<Record<string, Value>>, name: string): Value | null {
  return Object.hasOwn(from, name) ? (from[name] ?? null) : null;
}

function hostOf(value: unknown): string[] {
  return typeof value === "string" && value.startsWith("service:")
    ? [value.slice("service:".length)]
    : [];
}

function sources(uses: readonly DefinitionPart[]): string[] {
  return uses.flatMap(({ source }) => (typeof source === "string" ? source : []));
}

function listOf(value: unknown): DefinitionPart[] {
  return Array.isArray(value)
    ? value.filter((each): each is DefinitionPart => typeof each === "object" && each !== null)
    : [];
}
