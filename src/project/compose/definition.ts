import type { Definition } from "../../service.ts";
import type { ComposeInput } from "./compose-input.ts";
import { fileSources } from "./file-sources.ts";
import type { Aliases } from "./network-aliases.ts";
import { networkParts, volumeParts } from "./project-names.ts";
import { type PartContext, servicePart } from "./service-part.ts";
import { implicitKeys, readServiceMounts } from "./service-volumes.ts";
import type { TreeMounts } from "./tree-mounts.ts";

/**
 * What containers, networks and volumes of the project are made from, in docker compose's words. Nothing in it depends on
 * the commit but through what it says, so that what did not change stays as it is.
 * @throws badProject for secrets and configs that cannot be had, and for more mounts than can be
 */
export function makeDefinition(
  input: ComposeInput,
  tree: TreeMounts,
  aliases: Aliases,
  isFreed: PartContext["isFreed"],
): Definition {
  const { model } = input;
  const mounts = readServiceMounts(model, input.file);
  const context = { mounts, tree, aliases, isFreed };
  const implicit = implicitKeys(model, mounts).map((key) => [key, { "x-goku-name": key }]);
  return {
    services: Object.fromEntries(
      Object.entries(model.services).map(([name, service]) => [
        name,
        servicePart(name, service, context),
      ]),
    ),
    networks: networkParts(input),
    volumes: { ...volumeParts(input, tree), ...Object.fromEntries(implicit) },
    secrets: fileSources(input, "secrets", tree),
    configs: fileSources(input, "configs", tree),
  };
}
