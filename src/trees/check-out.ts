import { chmod, chown, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Tree, TreePlace } from "../compose-ports.ts";
import { type Room, whileRoom } from "../system/disk.ts";
import { hasErrno } from "../system/errno.ts";
import { checkoutOf, checkoutsOf, type Layout } from "./layout.ts";
import { createOwners, isOwnerNumber, type Owners } from "./owners.ts";
import { isTemporary, type Temporaries } from "./temporary.ts";
import { unpack } from "./unpack.ts";

export interface Checkouts {
  checkOut(place: TreePlace, archive: () => Readable): Promise<Tree>;
  /** Removes the app's checkouts but those of the commits. */
  prune(app: string, commits: readonly string[]): Promise<void>;
}

export function createCheckouts(
  layout: Layout,
  temporaries: Temporaries,
  room: Room,
  asRoot: boolean,
): Checkouts {
  const underWay = new Map<string, Promise<Tree>>();
  let owners: Promise<Owners> | null = null;

  const loadOwners = () =>
    (owners ??= findOwners(layout)
      .then(createOwners)
      .catch((error: unknown) => {
        owners = null;
        throw error;
      }));

  async function make(folder: string, archive: () => Readable): Promise<Tree> {
    const there = await findTree(folder, asRoot);
    if (there !== null) {
      return there;
    }
    const parent = join(folder, "..");
    await mkdir(parent, { recursive: true });
    await chmod(parent, 0o711);
    const uid = asRoot ? (await loadOwners()).take() : null;
    const owner = uid === null ? null : { uid, gid: uid };
    try {
      await temporaries.use(parent, async (temporary) => {
        await mkdir(temporary, { mode: 0o700 });
        if (owner !== null) {
          await chown(temporary, owner.uid, owner.gid);
        }
        await whileRoom(room, (signal) => unpack(archive(), temporary, owner, signal));
        // The tar may have had a mode for the top.
        await chmod(temporary, 0o700);
        await rename(temporary, folder);
      });
    } catch (error) {
      if (uid !== null) {
        (await loadOwners()).giveBack(uid);
      }
      throw error;
    }
    return { folder, owner };
  }

  async function remove(folder: string): Promise<void> {
    const { uid } = await lstat(folder);
    await temporaries.remove(folder);
    if (asRoot) {
      (await loadOwners()).giveBack(uid);
    }
  }

  return {
    async checkOut({ app, commit }, archive) {
      const folder = checkoutOf(layout, app, commit);
      for (let other = underWay.get(folder); other !== undefined; other = underWay.get(folder)) {
        // Another's failure may be its own, its pusher having gone: then this one tries by itself.
        const tree = await other.catch(() => null);
        if (tree !== null) {
          return tree;
        }
      }
      const made = make(folder, archive).finally(() => underWay.delete(folder));
      underWay.set(folder, made);
      return made;
    },

    async prune(app, commits) {
      const parent = checkoutsOf(layout, app);
      const names = await readdir(parent).catch(orNone);
      if (names.some(isTemporary)) {
        await temporaries.clear(parent);
      }
      const goes = (name: string) =>
        !isTemporary(name) && !commits.includes(name) && !underWay.has(join(parent, name));
      for (const name of names.filter(goes)) {
        await remove(join(parent, name));
      }
    },
  };
}

/** Null where there is none, and where it was made by a Goku that ran as somebody else: that one goes. */
async function findTree(folder: string, asRoot: boolean): Promise<Tree | null> {
  try {
    const { uid, gid } = await lstat(folder);
    if (!asRoot) {
      return { folder, owner: null };
    }
    if (isOwnerNumber(uid)) {
      return { folder, owner: { uid, gid } };
    }
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return null;
    }
    throw error;
  }
  await rm(folder, { recursive: true });
  return null;
}

/** Those of all checkouts of all apps. Others may be removed meanwhile: whoever does that gives their numbers back. */
async function findOwners({ checkouts }: Layout): Promise<number[]> {
  const found: number[] = [];
  for (const app of await readdir(checkouts).catch(orNone)) {
    for (const name of await readdir(join(checkouts, app)).catch(orNone)) {
      const owners = lstat(join(checkouts, app, name)).then(({ uid }) => [uid]);
      found.push(...(await owners.catch(orNone)));
    }
  }
  return found;
}

/** Of a folder that is not there, or is none. */
function orNone(error: unknown): never[] {
  if (hasErrno(error, "ENOENT", "ENOTDIR")) {
    return [];
  }
  throw error;
}
