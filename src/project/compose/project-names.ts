import type { DefinitionPart } from "../../service.ts";
import type { ComposeInput } from "./compose-input.ts";
import { escaped, plain } from "./dollars.ts";
import { hashOf } from "./hash-of.ts";
import { deviceOf } from "./host-paths.ts";
import { ownLabels } from "./own-labels.ts";
import type { TreeMounts } from "./tree-mounts.ts";

/*
 * Networks and volumes. Those that are the project's own have no `name` here but `x-goku-name`: whoever makes them puts
 * the project's name in Docker and `_` before it. External ones keep their `name`.
 */

type Parts = Record<string, DefinitionPart>;

/** A network with options of its own is named by them too, so that other options make another network. */
export function networkParts({ model }: Pick<ComposeInput, "model">): Parts {
  return Object.fromEntries(
    Object.entries(model.networks ?? {}).map(([key, network]) => {
      if (network?.external === true) {
        return [key, { name: network.name ?? key, external: true }];
      }
      const options = optionsOf(network);
      const hasOptions = Object.keys(options).length > 0;
      const name = hasOptions ? `${key}-${hashOf(options).slice(0, 8)}` : key;
      return [key, { ...options, "x-goku-name": name }];
    }),
  );
}

export function volumeParts({ model }: Pick<ComposeInput, "model">, tree: TreeMounts): Parts {
  return Object.fromEntries(
    Object.entries(model.volumes ?? {}).map(([key, volume]) => {
      if (volume?.external === true) {
        return [key, { name: volume.name ?? key, external: true }];
      }
      const device = deviceOf(volume ?? undefined);
      const placed =
        device === null
          ? {}
          : {
              driver_opts: {
                ...volume?.driver_opts,
                device: escaped(tree.source(device, "writes")),
              },
            };
      return [key, { ...optionsOf(volume), ...placed, "x-goku-name": key }];
    }),
  );
}

/** Names of the file's that do not count. */
export function nameNotes({ model, app }: Pick<ComposeInput, "model" | "app">): string[] {
  const project = model.name ?? app.id;
  return (["networks", "volumes"] as const).flatMap((kind) =>
    Object.entries(model[kind] ?? {}).flatMap(([key, part]) => {
      const usual = `${project}_${key}`;
      const name = part?.name === undefined ? usual : plain(part.name);
      return part?.external === true || name === usual
        ? []
        : [`The ${kind.slice(0, -1)} ${key} is called ${usual} here, and not ${name}.`];
    }),
  );
}

function optionsOf(part: DefinitionPart | null): DefinitionPart {
  const { name: _name, labels, external: _external, ...rest } = part ?? {};
  const own = ownLabels(labels);
  return {
    ...Object.fromEntries(
      Object.entries(rest).filter(([key, value]) => !key.startsWith("x-") && !isNothing(value)),
    ),
    ...(own === null ? {} : { labels: own }),
  };
}

/** What docker compose prints for nothing said: `ipam: {}`. */
function isNothing(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === false ||
    (typeof value === "object" && Object.keys(value).length === 0)
  );
}
