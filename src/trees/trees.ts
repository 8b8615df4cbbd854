import { chmod, lstat, mkdir, readdir, realpath, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Tree, Trees } from "../compose-ports.ts";
import { noRoom } from "../errors.ts";
import type { TreeMount } from "../service.ts";
import type { Room } from "../system/disk.ts";
import { hasErrno } from "../system/errno.ts";
import { writeFileAtomically } from "../system/file.ts";
import { formatBytes } from "../system/format-bytes.ts";
import type { Log } from "../system/log.ts";
import { createCheckouts } from "./check-out.ts";
import { copyContents } from "./copy.ts";
import { placeKept } from "./kept.ts";
import {
  checkoutsOf,
  contentOf,
  contentsOf,
  keptOf,
  type Layout,
  layoutOf,
  partsOf,
  seedsOf,
} from "./layout.ts";
import { look, readText } from "./look.ts";
import { pathInside } from "./resolve.ts";
import { createTemporaries, isTemporary } from "./temporary.ts";

export interface TreesOptions {
  /** `<data>/trees`; every user has to be let through to it. */
  readonly folder: string;
  readonly log: Log;
  /** Bytes that have to stay free on its disk; left out: none. */
  readonly diskFloor?: number;
  /** Checkouts can belong to users of their own. */
  readonly asRoot?: boolean;
}

/** Checked-out trees and what containers mount from them, below one folder. */
export function createTrees(options: TreesOptions): Trees {
  const layout = layoutOf(options.folder);
  const temporaries = createTemporaries(options.log);
  const asRoot = options.asRoot ?? process.getuid?.() === 0;
  const room = roomOn(options.folder, options.diskFloor ?? 0);
  const checkouts = createCheckouts(layout, temporaries, room, asRoot);
  let prepared: Promise<void> | null = null;
  const prepare = () =>
    (prepared ??= makeFolders(layout).catch((error: unknown) => {
      prepared = null;
      throw error;
    }));

  async function placeContent(app: string, tree: Tree, mount: TreeMount): Promise<void> {
    if (mount.hash === null) {
      throw new Error(`a mount by content without content: ${mount.path}`);
    }
    const target = contentOf(layout, app, mount.hash);
    if (await isThere(target)) {
      return;
    }
    const folder = contentsOf(layout, app);
    await mkdir(folder, { recursive: true });
    await temporaries.use(folder, async (temporary) => {
      await copyContents(join(tree.folder, mount.path), temporary, room);
      await rename(temporary, target);
    });
  }

  async function pruneContents(app: string, mounts: readonly TreeMount[]): Promise<void> {
    const folder = contentsOf(layout, app);
    if (!(await isThere(folder))) {
      return;
    }
    await temporaries.clear(folder);
    const needed = new Set(mounts.map((mount) => mount.source));
    for (const name of await readdir(folder)) {
      if (!isTemporary(name) && !needed.has(join(folder, name))) {
        await temporaries.remove(join(folder, name));
      }
    }
  }

  return {
    async checkOut(place, archive) {
      await prepare();
      return checkouts.checkOut(place, archive);
    },

    look,
    readText,

    sourceOf: (app, kind, name) =>
      kind === "content" ? contentOf(layout, app, name) : keptOf(layout, app, name),

    async writeContent(app, hash, text) {
      await prepare();
      const target = contentOf(layout, app, hash);
      if (!(await isThere(target))) {
        await mkdir(contentsOf(layout, app), { recursive: true });
        await writeFileAtomically(target, text, { mode: 0o644 });
      }
    },

    async place(app, tree, mounts) {
      await prepare();
      mounts.forEach((mount) => partsOf(mount.path));
      for (const mount of mounts.filter((each) => each.kind === "content")) {
        await placeContent(app, tree, mount);
      }
      const kept = mounts.filter((each) => each.kind === "kept");
      const keeping = { layout, temporaries, room, app, tree };
      return kept.length === 0 ? [] : placeKept(keeping, kept);
    },

    async isPlaced(mounts) {
      const checks = mounts.map((mount) => isInPlace(layout, mount));
      return (await Promise.all(checks)).every(Boolean);
    },

    async prune(app, commits, mounts) {
      await prepare();
      await checkouts.prune(app, commits);
      await pruneContents(app, mounts);
      await temporaries.clear(layout.kept);
    },

    async removeAll(app, kept) {
      await prepare();
      await checkouts.prune(app, []);
      const gone = [checkoutsOf(layout, app), contentsOf(layout, app)];
      const keptToo = kept ? [keptOf(layout, app, ""), seedsOf(layout, app)] : [];
      for (const path of [...gone, ...keptToo]) {
        await rm(path, { recursive: true, force: true });
      }
    },
  };
}

function roomOn(folder: string, floor: number): Room {
  const full = (free: number) => noRoom(folder, formatBytes(free), formatBytes(floor));
  return { folder, floor, full };
}

async function makeFolders(layout: Layout): Promise<void> {
  const passable = [layout.top, layout.checkouts];
  const closed = [layout.content, layout.kept, layout.seeds];
  for (const folder of [...passable, ...closed]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, passable.includes(folder) ? 0o711 : 0o700);
  }
}

/** What Docker would mount is there, is what it should be, and no symlink of a container's leads somewhere else. */
async function isInPlace(layout: Layout, { source, form }: TreeMount): Promise<boolean> {
  const path = pathInside(layout.top, source);
  if (path === null) {
    return false;
  }
  try {
    const own = join(await realpath(layout.top), path);
    const found = await lstat(own);
    const isForm = form === "folder" ? found.isDirectory() : found.isFile();
    return isForm && (await realpath(own)) === own;
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) {
      return false;
    }
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return false;
    }
    throw error;
  }
}
