import { isAbsolute, relative, resolve } from "node:path";
import { badProject } from "../../errors.ts";
import type { PathFacts } from "../../compose-ports.ts";
import type { TreeMount } from "../../service.ts";
import type { ComposeInput } from "./compose-input.ts";
import { plain } from "./dollars.ts";
import { hashOf } from "./hash-of.ts";
import { deviceOf } from "./host-paths.ts";

type Needed = Pick<ComposeInput, "model" | "file" | "tree" | "facts" | "sourceOf">;

/** Secrets, configs and volumes that are folders: they are compared with each other, each one with all. */
export const mostFiles = 1000;

export interface TreeMounts {
  /** In the order of their paths. */
  readonly mounts: readonly TreeMount[];
  /** Where containers find what the file mounts from this path: nothing of a checkout is mounted itself. */
  source(path: string, access: Access): string;
}

export type Access = "reads" | "writes";

interface Use {
  readonly path: string;
  readonly access: Access;
}

/**
 * What containers mount from the tree. A folder that one may write to is kept, and so is what the tree does not have; what
 * is only read, and single files, come from a place named by their content. A folder that one service writes to and
 * another reads is the same for both; files of equal content are not, where one may be written to.
 * @throws badProject for more secrets, configs and volumes that are folders than can be
 */
export function readTreeMounts(input: Needed): TreeMounts {
  assertSize(input);
  const uses = usesOf(input);
  const kept = uses.flatMap(({ path, access }) => {
    const fact = factOf(input, path);
    const isKept =
      fact.path !== null &&
      (fact.where === "missing" || (access === "writes" && fact.form !== "file"));
    return isKept && fact.path !== null ? [fact.path] : [];
  });
  const shared = sharedContents(input, uses);
  const mountOf = (path: string, access: Access): TreeMount | null => {
    const fact = factOf(input, path);
    if (fact.path === null) {
      return null;
    }
    const isShared = fact.hash !== null && shared.has(fact.hash);
    const hash = isShared ? hashOf([fact.path, fact.hash]) : fact.hash;
    return treeMount(fact.path, { ...fact, hash }, access, kept, input.sourceOf);
  };
  const mounts = new Map<string, TreeMount>();
  for (const { path, access } of uses) {
    const mount = mountOf(path, access);
    if (mount !== null) {
      mounts.set(mount.source, mount);
    }
  }
  return {
    mounts: [...mounts.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    source: (path, access) => mountOf(path, access)?.source ?? factOf(input, path).real,
  };
}

/**
 * Hashes that several files have, one of which may be written to: named by content alone, they would be one file. All
 * other names stay as they are, since a container with another source is a new one, and what the old one wrote is gone.
 */
function sharedContents(input: Needed, uses: readonly Use[]): ReadonlySet<string> {
  const files = uses.flatMap(({ path: used, access }) => {
    const { where, form, path, hash } = factOf(input, used);
    return where === "tree" && form === "file" && hash !== null ? [{ path, hash, access }] : [];
  });
  const onePathOf = new Map(files.map(({ hash, path }) => [hash, path]));
  const written = new Set(
    files.filter(({ access }) => access === "writes").map(({ hash }) => hash),
  );
  const several = files.filter(({ hash, path }) => onePathOf.get(hash) !== path);
  return new Set(several.map(({ hash }) => hash).filter((hash) => written.has(hash)));
}

function treeMount(
  path: string,
  { where, form, hash }: PathFacts,
  access: Access,
  kept: readonly string[],
  sourceOf: Needed["sourceOf"],
): TreeMount {
  const isFile = where === "tree" && form === "file";
  const isKept =
    where === "missing" ||
    hash === null ||
    (!isFile && (access === "writes" || kept.some((folder) => isIn(folder, path))));
  return {
    path,
    kind: isKept ? "kept" : "content",
    form: isFile ? "file" : "folder",
    hash: where === "missing" ? null : hash,
    source: isKept ? sourceOf("kept", path) : sourceOf("content", hash),
  };
}

function isIn(folder: string, path: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** What is known of a path of the model; of one that nobody looked at, what its text says. */
export function factOf({ tree, facts }: Pick<Needed, "tree" | "facts">, path: string): PathFacts {
  const fact = facts.get(path);
  if (fact !== undefined) {
    return fact;
  }
  const real = resolve(tree, path);
  const inside = relative(tree, real);
  const isOutside = inside === ".." || inside.startsWith("../") || isAbsolute(inside);
  return isOutside
    ? { where: "outside", form: null, path: null, real, hash: null }
    : { where: "missing", form: null, path: inside, real, hash: null };
}

function usesOf({ model }: Pick<Needed, "model">): Use[] {
  const binds = Object.values(model.services).flatMap(({ volumes }) =>
    (volumes ?? []).flatMap((mount): Use[] =>
      mount.type === "bind" && mount.source !== undefined
        ? [{ path: plain(mount.source), access: mount.read_only === true ? "reads" : "writes" }]
        : [],
    ),
  );
  const files = (["secrets", "configs"] as const).flatMap((kind) => {
    const mounted = mountedFiles(model, kind);
    return Object.entries(model[kind] ?? {}).flatMap(([name, part]): Use[] =>
      part?.file !== undefined && mounted.has(name)
        ? [{ path: plain(part.file), access: "reads" }]
        : [],
    );
  });
  const devices = Object.values(model.volumes ?? {}).flatMap((volume): Use[] => {
    const device = deviceOf(volume);
    return device === null ? [] : [{ path: device, access: "writes" }];
  });
  return [...binds, ...files, ...devices];
}

function assertSize({ model, file }: Needed): void {
  const folders = Object.values(model.volumes ?? {}).filter((volume) => deviceOf(volume) !== null);
  const files = (["secrets", "configs"] as const).map((kind) => mountedFiles(model, kind).size);
  const count = files.reduce((sum, each) => sum + each, folders.length);
  if (count > mostFiles) {
    throw badProject(
      `${file} has ${count} secrets, configs and volumes that are folders, and an app can have ${mostFiles}.`,
      "Mount a folder that has the files in it.",
    );
  }
}

/** Names of those that some service has in its containers; others serve builds alone. */
export function mountedFiles(
  { services }: Needed["model"],
  kind: "secrets" | "configs",
): ReadonlySet<string> {
  return new Set(
    Object.values(services).flatMap((service) => (service[kind] ?? []).map(({ source }) => source)),
  );
}
