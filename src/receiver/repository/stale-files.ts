import { readdir, rm, stat } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { hasErrno } from "../../system/errno.ts";

/** git's quarantine (tmp-objdir.c): what a push has sent and nothing refers to yet. */
const quarantine = /^tmp_objdir-/;
/** Git holds a lock for seconds at most, and a push that has sent nothing for so long is gone. */
const staleAfterMs = 60 * 60 * 1000;

/**
 * Removes what a git that was killed leaves: locks, which would refuse every later push, and quarantines. Those git
 * removes when it is killed by a signal, but not when `index-pack` still writes at that moment, nor at kill -9.
 */
export async function removeStaleFiles(repository: string): Promise<void> {
  const objects = join(repository, "objects");
  const files = [
    ...(await namesIn(repository)).map((name) => join(repository, name)),
    ...(await namesIn(join(repository, "refs"), true)).map((name) =>
      join(repository, "refs", name),
    ),
  ];
  const locks = files.filter((path) => path.endsWith(".lock"));
  const pushes = (await namesIn(objects)).filter((name) => quarantine.test(name));
  await Promise.all([...locks, ...pushes.map((name) => join(objects, name))].map(removeIfStale));
}

/** Neither a lock nor a push outlives a reboot. */
async function removeIfStale(path: string): Promise<void> {
  const limit = Math.min(staleAfterMs, uptime() * 1000);
  if (Date.now() - (await lastChange(path)) > limit) {
    await rm(path, { recursive: true, force: true });
  }
}

/** In milliseconds since 1970, of a path and all that is in it; now, where somebody is removing it: that is at work. */
async function lastChange(path: string): Promise<number> {
  try {
    const own = await stat(path);
    const names = own.isDirectory() ? await readdir(path, { recursive: true }) : [];
    const inside = await Promise.all(names.map((name) => stat(join(path, name))));
    return Math.max(...[own, ...inside].map(({ mtimeMs }) => mtimeMs));
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return Date.now();
    }
    throw error;
  }
}

async function namesIn(folder: string, recursive = false): Promise<string[]> {
  try {
    return await readdir(folder, { recursive });
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return [];
    }
    throw error;
  }
}
