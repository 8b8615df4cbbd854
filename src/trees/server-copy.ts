import { lstat } from "node:fs/promises";
import { hasErrno } from "../system/errno.ts";
import { kindOf, onDisk } from "./entries.ts";
import { hashEntry } from "./hash.ts";
import { folderPath, isInTheWay, openFolder, pathIn } from "./open-folder.ts";

/** A file or symlink of a tree. */
export interface Original {
  /** Absolute path of the file or folder that is mounted, and the path from there. */
  readonly top: string;
  readonly path: string;
  readonly hash: string;
}

/**
 * How what the server keeps at a place, named by the folders that lead there, stands to the tree's. `other` is also what
 * lies behind a symlink that a container made: it is not looked at.
 */
export async function compareKept(
  kept: string,
  parts: readonly string[],
  original: Original | null,
): Promise<"same" | "other" | "missing"> {
  try {
    const folder = await openFolder(kept, parts.slice(0, -1));
    try {
      const name = parts.at(-1) ?? "";
      const found = await lstat(pathIn(folder, name));
      const kind = kindOf(found);
      if (original === null || kind === null || kind === "folder") {
        return "other";
      }
      // By the size first: what an app has made of a file may be long.
      const { size } = await lstat(onDisk(original.top, original.path));
      const isSame =
        size === found.size &&
        (await hashEntry(folderPath(folder), { path: name, kind })) === original.hash;
      return isSame ? "same" : "other";
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return "missing";
    }
    if (isInTheWay(error)) {
      return "other";
    }
    throw error;
  }
}
