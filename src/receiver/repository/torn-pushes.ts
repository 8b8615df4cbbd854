import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasErrno } from "../../system/errno.ts";

/** git's quarantine (tmp-objdir.c): what a push has sent and nothing refers to yet. */
const quarantine = /^tmp_objdir-incoming-/;
/** A push that has sent nothing for so long is gone. */
const tornAfterMs = 60 * 60 * 1000;

/**
 * Removes what pushes left that were cut off: git removes its quarantine when it is killed by a signal, but not when
 * `index-pack` still writes to it at that moment, nor at kill -9 or a power cut.
 */
export async function removeTornPushes(repository: string): Promise<void> {
  const objects = join(repository, "objects");
  for (const name of (await readdir(objects)).filter((entry) => quarantine.test(entry))) {
    const path = join(objects, name);
    if (Date.now() - (await lastChange(path)) > tornAfterMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** In milliseconds since 1970, of the folder and all that is in it; now, where a push is removing it: that is at work. */
async function lastChange(folder: string): Promise<number> {
  try {
    const inside = await readdir(folder, { recursive: true });
    const paths = [folder, ...inside.map((name) => join(folder, name))];
    const stats = await Promise.all(paths.map((path) => stat(path)));
    return Math.max(...stats.map(({ mtimeMs }) => mtimeMs));
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return Date.now();
    }
    throw error;
  }
}
