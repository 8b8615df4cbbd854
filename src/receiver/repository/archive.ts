import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, pack, type Pack } from "tar-stream";
import { badProject, treeTooLarge } from "../../errors.ts";
import { asError } from "../../system/as-error.ts";
import { formatBytes } from "../../system/format-bytes.ts";
import type { Git } from "./git.ts";
import type { SubmoduleCache } from "./submodule-cache.ts";
import { listSubmodules } from "./submodule-list.ts";
import { resolveUrl } from "./submodule-url.ts";

/** A builder reads as fast as it builds. */
export const archiveTimeoutMs = 60 * 60 * 1000;

/** Submodules inside submodules inside ...: deeper than this it is a circle. */
export const maxDepth = 10;

/**
 * git reads a whole tree into memory before it writes of it, and a commit of a few kilobytes can have a billion paths.
 * This is enough for ten million, and for a file of half of it.
 */
export const archiveMemory = 2 * 1024 ** 3;

/**
 * The tree of a commit as a tar, as git makes it; the place of a submodule is an empty folder. Fails with treeTooLarge
 * where git needs more memory than that.
 */
export function archiveTree(
  git: Git,
  folder: string,
  commit: string,
  signal: AbortSignal,
  bytes = archiveMemory,
): Readable {
  const exceeded = () => treeTooLarge(formatBytes(bytes));
  // Modes as a checkout has them: git's own default takes only the world's right to write away.
  return git.stream(["-c", "tar.umask=0022", "archive", "--format=tar", commit], {
    cwd: folder,
    timeoutMs: archiveTimeoutMs,
    signal,
    memory: { bytes, exceeded },
  });
}

/** The same with the trees of submodules in their places, in one tar. */
export function archiveWithSubmodules(
  git: Git,
  cache: SubmoduleCache,
  folder: string,
  commit: string,
  signal: AbortSignal,
): Readable {
  const output = new PassThrough();
  const write = async () => {
    const trees = await collectTrees(git, cache, { folder, commit, prefix: "", url: null }, signal);
    const tar = pack();
    const sent = pipeline(tar, output);
    const filled = fill(git, tar, trees, signal);
    filled.catch((error: unknown) => tar.destroy(asError(error)));
    await Promise.all([filled, sent]);
  };
  write().catch((error: unknown) => output.destroy(asError(error)));
  return output;
}

/** One repository's share of the whole tree. */
interface Tree {
  readonly folder: string;
  readonly commit: string;
  /** Empty, or the path where it belongs with a slash at its end. */
  readonly prefix: string;
  /** Where a submodule came from; null for the repository that was pushed. */
  readonly url: string | null;
}

/** Everything is fetched before the first byte is sent, so that what cannot be fetched fails the deploy at once. */
async function collectTrees(
  git: Git,
  cache: SubmoduleCache,
  tree: Tree,
  signal: AbortSignal,
  depth = 0,
): Promise<Tree[]> {
  if (depth > maxDepth) {
    throw badProject(
      `The submodule "${tree.prefix.slice(0, 200)}" lies more than ${maxDepth} submodules deep.`,
      "Remove the submodule that contains itself, commit it and push again.",
    );
  }
  const submodules = await listSubmodules(git, tree.folder, tree.commit);
  const below = await Promise.all(
    submodules.map(async ({ path, commit, url: written }) => {
      const url = resolveUrl(written, tree.url);
      const folder = await cache.fetch({ path: `${tree.prefix}${path}`, commit, url }, signal);
      const prefix = `${tree.prefix}${path}/`;
      return collectTrees(git, cache, { folder, commit, prefix, url }, signal, depth + 1);
    }),
  );
  return [tree, ...below.flat()];
}

async function fill(
  git: Git,
  tar: Pack,
  trees: readonly Tree[],
  signal: AbortSignal,
): Promise<void> {
  const folders = new Set(trees.map((tree) => tree.prefix));
  for (const { folder, commit, prefix } of trees) {
    const source = archiveTree(git, folder, commit, signal);
    const entries = extract();
    const read = pipeline(source, entries);
    const copied = (async () => {
      for await (const entry of entries) {
        const { pax: _, ...header } = entry.header;
        const name = `${prefix}${header.name}`;
        if (folders.has(name)) {
          entry.resume();
          continue;
        }
        await pipeline(entry, tar.entry({ ...header, name }));
      }
    })();
    copied.catch((error: unknown) => entries.destroy(asError(error)));
    await Promise.all([read, copied]);
  }
  tar.finalize();
}
