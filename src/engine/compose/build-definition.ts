import type { Definition, DefinitionPart } from "../../service.ts";
import { ownArgs } from "../build/own-args.ts";
import { label } from "../labels.ts";
import type { Names } from "../names.ts";
import { escaped, partOf, stringsOf } from "./json-part.ts";

/**
 * What docker compose builds from: the services that are built, under names of the release. The labels are the same for
 * each version, so that they leave the cache alone.
 */
export function buildDefinition(
  names: Names,
  app: string,
  version: number,
  definition: Definition,
): DefinitionPart {
  const services = Object.entries(definition.services).flatMap(([name, service]) =>
    service["build"] === undefined || service["build"] === null
      ? []
      : [
          [
            name,
            {
              image: names.serviceImage(app, name, version),
              build: buildOf(names, app, partOf(service["build"])),
            },
          ] as const,
        ],
  );
  return {
    name: names.repository(app),
    services: Object.fromEntries(services),
    secrets: definition.secrets,
  };
}

/** Names for the image of the file's own would outlive the release, and could be another app's. */
function buildOf(names: Names, app: string, build: DefinitionPart): DefinitionPart {
  const { tags: _, ...rest } = build;
  return {
    ...rest,
    args: { ...partOf(build["args"]), ...ownArgs(names, app) },
    labels: {
      ...stringsOf(build["labels"]),
      [label.instance]: escaped(names.instance),
      [label.app]: escaped(app),
    },
  };
}
