import { type FileHandle, lstat, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { keptInTheWay } from "../errors.ts";
import type { Tree } from "../compose-ports.ts";
import type { TreeMount } from "../service.ts";
import type { Room } from "../system/disk.ts";
import { hasErrno } from "../system/errno.ts";
import { copyContents } from "./copy.ts";
import { type Change, changesBetween, type Drift, tellDrifts } from "./drift.ts";
import { asBytes, kindOf, onDisk } from "./entries.ts";
import { type Contents, readContents } from "./hash.ts";
import { keptOf, keptParts, type Layout, seedsOf } from "./layout.ts";
import { isInTheWay, makeFolder, pathIn } from "./open-folder.ts";
import { readSeeds, type Seed, writeSeeds } from "./seeds.ts";
import { compareKept } from "./server-copy.ts";
import type { Temporaries } from "./temporary.ts";

/** Whose kept things are put in place, and from what. */
export interface Keeping {
  readonly layout: Layout;
  readonly temporaries: Temporaries;
  readonly room: Room;
  readonly app: string;
  readonly tree: Tree;
}

const unknown: Seed = { hash: null, files: new Map() };

/**
 * Makes kept files and folders that are missing, as the tree has them. What is there is not changed.
 * @returns what the pusher should know: each change of the tree once
 * @throws keptInTheWay
 */
export async function placeKept(keeping: Keeping, mounts: readonly TreeMount[]): Promise<string[]> {
  const { layout, app } = keeping;
  const file = seedsOf(layout, app);
  const seeds = await readSeeds(file);
  const sentences: string[] = [];
  let changed = false;
  // A folder before what is mounted from inside it, which it brings along.
  for (const mount of mounts.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const before = seeds.get(mount.path);
    const { seed, drifts } = await placeOne(keeping, mount, before ?? null);
    seeds.set(mount.path, seed);
    changed ||= seed !== before;
    sentences.push(...tellDrifts(drifts, mount.path, keptOf(layout, app, mount.path)));
  }
  if (changed) {
    await writeSeeds(file, seeds);
  }
  return sentences;
}

interface Placed {
  readonly seed: Seed;
  readonly drifts: readonly Drift[];
}

async function placeOne(keeping: Keeping, mount: TreeMount, known: Seed | null): Promise<Placed> {
  const wasThere = await fill(keeping, mount, known !== null);
  if (mount.hash === null) {
    return { seed: known ?? unknown, drifts: [] };
  }
  if (wasThere && known?.hash === mount.hash) {
    return { seed: known, drifts: [] };
  }
  const contents = await readContents(join(keeping.tree.folder, mount.path));
  const changes = wasThere ? changesBetween((known ?? unknown).files, contents.files) : [];
  return {
    seed: { hash: mount.hash, files: contents.files },
    drifts: await driftsOf(keeping, mount, changes, contents),
  };
}

/**
 * Makes it where it is missing. A folder that is there without a record (it came with another one, or an earlier try was cut
 * short) gets what it lacks.
 * @returns whether it was there
 */
async function fill(keeping: Keeping, mount: TreeMount, seeded: boolean): Promise<boolean> {
  const parts = keptParts(keeping.app, mount.path).map(asBytes);
  const name = parts.at(-1) ?? "";
  const parent = await open(keeping, mount, parts.slice(0, -1));
  try {
    const form = await formAt(parent, name);
    if (form !== null && form !== mount.form) {
      throw keptInTheWay(keeping.app, mount.path);
    }
    if (mount.form === "folder") {
      const folder = await open(keeping, mount, parts);
      try {
        if (form === null || !seeded) {
          await copyMissing(keeping, mount, folder, null);
        }
      } finally {
        await folder.close();
      }
    } else if (form === null) {
      await copyMissing(keeping, mount, parent, name);
    }
    return form !== null;
  } finally {
    await parent.close();
  }
}

async function open(
  { layout, app }: Keeping,
  { path }: TreeMount,
  parts: readonly string[],
): Promise<FileHandle> {
  try {
    return await makeFolder(layout.kept, parts);
  } catch (error) {
    throw isInTheWay(error) ? keptInTheWay(app, path) : error;
  }
}

async function formAt(
  folder: FileHandle,
  name: string,
): Promise<TreeMount["form"] | null | "link"> {
  try {
    return kindOf(await lstat(pathIn(folder, name))) ?? "link";
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return null;
    }
    throw error;
  }
}

/** Copies the tree's file under the name, or what its folder holds, where nothing has the name yet. */
async function copyMissing(
  { layout, temporaries, room, tree }: Keeping,
  mount: TreeMount,
  to: FileHandle,
  name: string | null,
): Promise<void> {
  if (mount.hash === null) {
    return;
  }
  await temporaries.use(layout.kept, async (temporary) => {
    const from = join(tree.folder, mount.path);
    if (name === null) {
      await copyContents(from, temporary, room);
    } else {
      await mkdir(temporary);
      await copyContents(from, onDisk(temporary, name), room);
    }
    const encoding = "latin1";
    const there = new Set(await readdir(pathIn(to, ""), { encoding }));
    for (const each of await readdir(temporary, { encoding })) {
      if (!there.has(each)) {
        await rename(onDisk(temporary, each), pathIn(to, each));
      }
    }
  });
}

/** Of the changes those that the server's copy has not made as well. */
async function driftsOf(
  { layout, app, tree }: Keeping,
  mount: TreeMount,
  changes: readonly Change[],
  contents: Contents,
): Promise<Drift[]> {
  const top = join(tree.folder, mount.path);
  const above = keptParts(app, mount.path).map(asBytes);
  const drifts: Drift[] = [];
  for (const change of changes) {
    const { path } = change;
    const parts = path === "" ? above : [...above, ...path.split("/")];
    const hash = contents.files.get(path);
    const original = hash === undefined ? null : { top, path, hash };
    const own = await compareKept(layout.kept, parts, original);
    const isFollowed = own === "same" || (original === null && own === "missing");
    if (!isFollowed) {
      drifts.push({ ...change, there: own !== "missing" });
    }
  }
  return drifts;
}
