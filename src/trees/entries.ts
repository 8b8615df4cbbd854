import { lstat, readdir } from "node:fs/promises";

/** A file, folder or symlink below some top; the top itself has the empty path. */
export interface Entry {
  /** Relative to the top. One character for each byte (latin1): names need not be UTF-8. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
}

/** Everything at a path, itself included, sorted by bytes, folders before what is in them. Sockets, pipes and devices are left out. */
export async function listEntries(top: string): Promise<Entry[]> {
  const kind = kindOf(await lstat(top));
  const entries: Entry[] = kind === null ? [] : [{ path: "", kind }];
  for (const folder of entries) {
    // The list grows while it is read: what a folder holds comes after it.
    if (folder.kind === "folder") {
      const options = { withFileTypes: true, encoding: "latin1" } as const;
      for (const found of await readdir(onDisk(top, folder.path), options)) {
        const kindFound = kindOf(found);
        if (kindFound !== null) {
          const path = folder.path === "" ? found.name : `${folder.path}/${found.name}`;
          entries.push({ path, kind: kindFound });
        }
      }
    }
  }
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Typed {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** Null for sockets, pipes and devices. */
export function kindOf(found: Typed): Entry["kind"] | null {
  if (found.isFile()) {
    return "file";
  }
  if (found.isDirectory()) {
    return "folder";
  }
  return found.isSymbolicLink() ? "link" : null;
}

/** The bytes that the file system knows an entry by. */
export function onDisk(top: string | Buffer, path: string): Buffer {
  const start = Buffer.from(top);
  return path === ""
    ? start
    : Buffer.concat([start, Buffer.from("/"), Buffer.from(path, "latin1")]);
}

/** The path as entries have it. */
export const asBytes = (path: string) => Buffer.from(path).toString("latin1");

/** For people: as UTF-8, without what a terminal would obey. */
export function readable(path: string): string {
  return Buffer.from(path, "latin1")
    .toString()
    .replaceAll(/\p{Cc}|\p{Cf}/gu, "?");
}
