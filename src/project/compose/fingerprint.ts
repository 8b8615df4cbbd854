import type { ComposeProject } from "../../project.ts";
import type { Definition, DefinitionPart } from "../../service.ts";
import { hashOf } from "./hash-of.ts";

const sharedKeys = ["network_mode", "ipc", "pid"];

/**
 * Hex hash of what a container of the service is made from: its definition and image, and what those refer to. A container
 * with another fingerprint has to make way for a new one.
 */
export function fingerprint(project: ComposeProject, service: string): string {
  return hashOf(parts(project, service, []));
}

function parts(
  project: ComposeProject,
  service: string,
  askedBy: readonly string[],
): DefinitionPart {
  const { definition, images } = project;
  const part = definition.services[service] ?? {};
  const mounts = listOf(part["volumes"]).filter(({ type }) => type === "volume");
  // A container in the namespace of another goes down with it.
  const hosts = sharedKeys.flatMap((key) => hostOf(part[key]));
  return {
    part,
    image: images[service] ?? null,
    networks: picked(definition.networks, Object.keys(part["networks"] ?? {})),
    volumes: picked(definition.volumes, sources(mounts)),
    secrets: picked(definition.secrets, sources(listOf(part["secrets"]))),
    configs: picked(definition.configs, sources(listOf(part["configs"]))),
    hosts: hosts
      .filter((host) => !askedBy.includes(host))
      .map((host) => parts(project, host, [...askedBy, service])),
  };
}

function picked(from: Definition["networks"], names: readonly string[]): DefinitionPart {
  return Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
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
