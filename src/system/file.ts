import { randomBytes } from "node:crypto";
import { chown, open, readFile, rename, rm } from "node:fs/promises";
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
