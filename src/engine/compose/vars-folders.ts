import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasErrno } from "../../system/errno.ts";

const prefixOf = (instance: string) => `goku-compose-${instance}-`;

/** A folder for the vars of one reading of a compose file. */
export function makeVarsFolder(instance: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefixOf(instance)));
}

/** Removes those of a Goku that was killed while it read one: vars are secrets. */
export async function removeLeftVarsFolders(instance: string): Promise<void> {
  const names = await readdir(tmpdir());
  const prefix = prefixOf(instance);
  const ours = names.filter(
    (name) => name.startsWith(prefix) && /^\w{6}$/.test(name.slice(prefix.length)),
  );
  for (const path of ours.map((name) => join(tmpdir(), name))) {
    if (await isOlderThanThisProcess(path)) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function isOlderThanThisProcess(path: string): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs < Date.now() - process.uptime() * 1000;
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return false;
    }
    throw error;
  }
}
