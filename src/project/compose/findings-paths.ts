import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { PathFacts } from "../../compose-ports.ts";
import { plain } from "./dollars.ts";
import { listOf } from "./findings-values.ts";
import type { ModelService } from "./model.ts";

type ModelBuild = NonNullable<ModelService["build"]>;

/** What is known of the paths that a compose file names. */
export interface Paths {
  /** How to tell of a path that leads out of the tree: `/etc`, `./etc, which leads to /etc`; null for one that stays inside. */
  outside(path: string): string | null;
  /** Where it leads, as the file has it and with symlinks resolved. */
  real(path: string): readonly string[];
  /** Null for what is not known to be inside. */
  place(path: string): TreePlace | null;
  /** As people write it: `./data` in the tree, `../shared` beside it, `/etc` anywhere else; before any symlink. */
  told(path: string): string;
}

/** Something in the tree, or that could be. */
export interface TreePlace {
  /** Relative to the tree, symlinks resolved. */
  readonly path: string;
  /** The tree has a file there. */
  readonly isFile: boolean;
}

/** Of what nobody looked at, nobody can say that it is inside. */
export function pathsIn(folder: string, facts: ReadonlyMap<string, PathFacts>): Paths {
  const factsOf = (path: string) => facts.get(path) ?? facts.get(plain(path));
  return {
    outside(path) {
      const fact = factsOf(path);
      if (fact !== undefined && fact.where !== "outside") {
        return null;
      }
      const told = tellPath(folder, plain(path));
      const absolute = resolve(folder, plain(path));
      const real = fact?.real ?? absolute;
      return real === absolute ? told : `${told}, which leads to ${real}`;
    },
    place(path) {
      const { where = "outside", path: inside = null, form = null } = factsOf(path) ?? {};
      return where === "outside" || inside === null
        ? null
        : { path: inside, isFile: where === "tree" && form === "file" };
    },
    told: (path) => tellPath(folder, plain(path)),
    real: (path) => [resolve(folder, plain(path)), factsOf(path)?.real ?? plain(path)],
  };
}

/** Folders that a build takes files from or leaves them in; places that BuildKit fetches are none. */
export function buildFolders(build: ModelBuild): string[] {
  const caches = [...listOf(build["cache_from"]), ...listOf(build["cache_to"])];
  return [
    build.context ?? ".",
    ...Object.values(build.additional_contexts ?? {}),
    ...caches.flatMap(cachePaths),
  ]
    .map((path) => path.replace(/^oci-layout:\/\//, ""))
    .filter((path) => !isRemote(path));
}

/** Where the Dockerfile is a file: neither written out, nor at a place that BuildKit fetches. */
export function dockerfilePath(build: ModelBuild): string | null {
  const { context = ".", dockerfile = "Dockerfile", dockerfile_inline: inline } = build;
  if (inline !== undefined || (isRemote(context) && !isAbsolute(dockerfile))) {
    return null;
  }
  return isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile);
}

/** Of `type=local,src=../cache`. */
function cachePaths(cache: unknown): string[] {
  // BuildKit reads it as a line of CSV, where any part may be in quotes.
  const options = String(cache).replaceAll('"', "").split(",");
  if (!options.some((option) => /^\s*type\s*=\s*local\s*$/i.test(option))) {
    return [];
  }
  return options.flatMap((option) => /^\s*(?:src|dest)\s*=(.*)$/i.exec(option)?.[1]?.trim() ?? []);
}

/** Addresses of git repositories and tars, images, and what other builds make; as docker compose tells them from paths. */
export function isRemote(context: string): boolean {
  return (
    /^(?:https?|git|ssh|docker-image):\/\//.test(context) ||
    /^(?:git@|github\.com\/|service:|target:)/.test(context)
  );
}

function tellPath(folder: string, path: string): string {
  if (path.includes("://")) {
    return path;
  }
  const absolute = resolve(folder, path);
  if (isBelow(folder, absolute)) {
    return `./${relative(folder, absolute)}`;
  }
  const beside = dirname(folder);
  return beside !== "/" && isBelow(beside, absolute) ? relative(folder, absolute) : absolute;
}

function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
