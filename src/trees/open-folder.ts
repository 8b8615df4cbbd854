import { constants, type FileHandle, mkdir, open } from "node:fs/promises";
import { hasErrno } from "../system/errno.ts";

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Goes down from a folder one part at a time, never through a symlink. Containers write to what apps keep, even while this
 * looks: with a handle, what was checked is what is used. Names have one character for each byte, as entries have them.
 * @throws ENOTDIR or ELOOP where something else than a folder is in the way; ENOENT
 */
export async function openFolder(top: string, parts: readonly string[]): Promise<FileHandle> {
  return descend(top, parts, openBelow);
}

/** The same, making the folders that are missing (0755). */
export async function makeFolder(top: string, parts: readonly string[]): Promise<FileHandle> {
  return descend(top, parts, makeBelow);
}

async function descend(
  top: string,
  parts: readonly string[],
  enter: (folder: FileHandle, name: string) => Promise<FileHandle>,
): Promise<FileHandle> {
  let folder = await open(top, flags);
  for (const part of parts) {
    const above = folder;
    try {
      folder = await enter(above, part);
    } finally {
      await above.close();
    }
  }
  return folder;
}

async function openBelow(folder: FileHandle, name: string): Promise<FileHandle> {
  return open(pathIn(folder, name), flags);
}

async function makeBelow(folder: FileHandle, name: string): Promise<FileHandle> {
  try {
    return await openBelow(folder, name);
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) {
      throw error;
    }
  }
  await mkdir(pathIn(folder, name));
  const made = await openBelow(folder, name);
  // Not by mkdir, which obeys the umask.
  await made.chmod(0o755);
  return made;
}

/** True for what openFolder throws where something else than a folder is in the way. */
export const isInTheWay = (error: unknown) => hasErrno(error, "ENOTDIR", "ELOOP");

/** A path that stays in this folder, whatever the path it was opened by leads to now. */
export function pathIn(folder: FileHandle, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${folderPath(folder)}/`), Buffer.from(name, "latin1")]);
}

export const folderPath = (folder: FileHandle) => `/proc/self/fd/${folder.fd}`;
