import { randomBytes } from "node:crypto";
import { chown, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasErrno } from "./errno.ts";

export interface WriteOptions {
  /** Permission bits, exactly: the umask does not count. */
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Writes a file so that readers see the old content or the new, never a part: temporary name, fsync, rename. */
export async function writeFileAtomically(
  path: string,
  content: string | Buffer,
  options: WriteOptions,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", options.mode);
    try {
      await file.writeFile(content);
      await file.chmod(options.mode);
      await file.sync();
    } finally {
      await file.close();
    }
    if (options.owner !== undefined) {
      await chown(temporary, options.owner.uid, options.owner.gid);
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Files that nobody has renamed yet: what `writeFileAtomically` writes to. */
const temporaryName = /\.[0-9a-f]{12}\.tmp$/;

/**
 * Removes what a process that was killed in the middle of `writeFileAtomically` left in the folder, if there is one. Where
 * nobody else writes.
 */
export async function clearTemporaries(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (temporaryName.test(name)) {
      await rm(join(folder, name), { force: true });
    }
  }
}

/** Names in a folder; none where there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return [];
    }
    throw error;
  }
}

/** The file's text, or null where there is none. */
export async function readFileIfAny(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    // Of a process that ends in this moment, /proc says ESRCH.
    if (hasErrno(error, "ENOENT", "ESRCH")) {
      return null;
    }
    throw error;
  }
}
