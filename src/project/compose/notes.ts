import type { TreeMount } from "../../service.ts";
import type { ComposeInput } from "./compose-input.ts";
import { isFixed } from "./service-ports.ts";
import type { ModelPort } from "./model.ts";

/** What docker compose said while it read the file, as far as it is news to the pusher. */
export function warningNotes({ warnings, tree }: ComposeInput): string[] {
  return warnings
    .filter((warning) => !/`?version`? is obsolete/.test(warning))
    .map((warning) => warning.replaceAll(`${tree}/`, "").replaceAll(tree, "."));
}

/** Keys of `environment` that stand for config vars which are not set. */
export function unsetVarNotes({ model, app }: ComposeInput): string[] {
  return Object.entries(model.services).flatMap(([service, { environment }]) => {
    const keys = Object.entries(environment ?? {}).flatMap(([key, value]) =>
      value === null ? [key] : [],
    );
    return keys.length === 0
      ? []
      : [
          `${service} gets no ${keys.join(", ")}: ${keys.length === 1 ? "it is" : "they are"} not among the config vars (octo config:set ${app.name}/${keys[0] ?? ""} -).`,
        ];
  });
}

/** Ports of the server that are not taken. */
export function freedPortNotes(
  { model }: ComposeInput,
  isFreed: (service: string, port: ModelPort) => boolean,
): string[] {
  return Object.entries(model.services).flatMap(([service, { ports }]) => {
    const freed = (ports ?? []).filter((port) => isFreed(service, port) && isFixed(port));
    return freed.length === 0
      ? []
      : [
          `Port ${[...new Set(freed.map(({ published }) => published))].join(", ")} of the server stays free: HTTP reaches ${service} by host name. To publish it as well: x-goku: {publish: true}`,
        ];
  });
}

const hooks = ["post_start", "pre_stop"];

/** What the file asks for and Goku does not do. */
export function leftOutNotes({ model }: ComposeInput): string[] {
  return Object.entries(model.services).flatMap(([service, part]) =>
    hooks.flatMap((hook) => {
      const value = part[hook];
      return Array.isArray(value) && value.length > 0
        ? [`${hook} of ${service} is not run here.`]
        : [];
    }),
  );
}

/** A whole tree that is kept is hardly what its author means. */
export function keptTreeNotes(mounts: readonly TreeMount[]): string[] {
  return mounts.some(({ path, kind, hash }) => path === "" && kind === "kept" && hash !== null)
    ? [
        "The whole tree is mounted where containers may write, so it is kept as it was first: later pushes do not change it. Mount it read-only (.:/app:ro), or build it into an image.",
      ]
    : [];
}
