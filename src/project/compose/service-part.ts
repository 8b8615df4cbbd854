import type { DefinitionPart } from "../../service.ts";
import type { ModelPort, ModelService } from "./model.ts";
import type { Aliases } from "./network-aliases.ts";
import { ownLabels } from "./own-labels.ts";
import { foreignVolumes, type ServiceMounts, volumesOf } from "./service-volumes.ts";
import type { TreeMounts } from "./tree-mounts.ts";

/** What else the definition of a service is made with. */
export interface PartContext {
  readonly mounts: ServiceMounts;
  readonly tree: TreeMounts;
  readonly aliases: Aliases;
  /** Ports that are left to whoever wants them. */
  readonly isFreed: (service: string, port: ModelPort) => boolean;
}

/**
 * Keys that say nothing about a container, or what Goku sees to itself. A `pull_policy` would have docker compose look for
 * an image id in a registry, and a var of `environment` without a value would get one of Goku's own environment.
 */
const notForContainers = new Set([
  "build",
  "container_name",
  "depends_on",
  "deploy",
  "develop",
  "env_file",
  "environment",
  "image",
  "label_file",
  "labels",
  "links",
  "networks",
  "ports",
  "post_start",
  "pre_stop",
  "profiles",
  "pull_policy",
  "scale",
  "volumes",
  "volumes_from",
]);

/**
 * What containers of a service are made from, without their image. The name that the file gives its container is in
 * `x-goku-container-name`: only one can have it at a time.
 */
export function servicePart(name: string, service: ModelService, context: PartContext) {
  const rest = Object.entries(service).filter(
    ([key, value]) => !notForContainers.has(key) && !key.startsWith("x-") && value !== null,
  );
  const labels = ownLabels(service.labels);
  const environment = Object.entries(service.environment ?? {}).filter(
    ([, value]) => value !== null,
  );
  const ports = (service.ports ?? []).filter((port) => !context.isFreed(name, port));
  const volumes = volumesOf(context.mounts, name, context.tree);
  const foreign = foreignVolumes(service);
  return {
    ...Object.fromEntries(rest),
    ...(environment.length === 0 ? {} : { environment: Object.fromEntries(environment) }),
    ...(labels === null ? {} : { labels }),
    ...(ports.length === 0 ? {} : { ports }),
    ...(volumes.length === 0 ? {} : { volumes }),
    ...(foreign.length === 0 ? {} : { volumes_from: foreign }),
    ...deployPart(service),
    ...networksPart(name, service, context.aliases),
    ...(service.container_name === undefined
      ? {}
      : { "x-goku-container-name": service.container_name }),
  };
}

/** Of `deploy`, what `docker compose` has a container do; the rest is for Swarm, or Goku's. */
function deployPart({ deploy }: ModelService): DefinitionPart {
  const { resources, restart_policy: policy } = deploy ?? {};
  const kept = {
    ...(isFilled(resources) ? { resources } : {}),
    ...(isFilled(policy) ? { restart_policy: policy } : {}),
  };
  return isFilled(kept) ? { deploy: kept } : {};
}

function networksPart(
  name: string,
  { networks }: ModelService,
  aliases: Aliases,
): { networks?: DefinitionPart } {
  if (!networks) {
    return {};
  }
  const parts = Object.entries(networks).map(([network, part]) => {
    const names = [...new Set([...(part?.aliases ?? []), ...aliases.of(name, network)])];
    return [network, names.length === 0 ? part : { ...part, aliases: names }];
  });
  return { networks: Object.fromEntries(parts) };
}

function isFilled(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
