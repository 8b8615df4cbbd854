import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isCommit } from "../../revision.ts";
import { hasErrno } from "../../system/errno.ts";

/*
 * Refs as git's "files" format keeps them: a file per ref that was moved lately, the others in `packed-refs`.
 * Reading them takes a tenth of a millisecond, asking git takes two.
 */

/**
 * What git's check-ref-format allows, as far as it matters for paths; always below `refs/`. White space and control
 * characters beyond ASCII are letters to git.
 */
// oxlint-disable-next-line no-control-regex -- they are what git forbids
const refPattern = /^refs(?:\/(?!\.)[^\x00-\x20\x7f/~^:?*[\\]+)+$/;

function isRef(ref: string): boolean {
  return refPattern.test(ref) && !ref.includes("..") && !/\.lock(?:\/|$)/.test(ref);
}

/** Where a ref stands; null when it does not exist. */
export async function readRef(folder: string, ref: string): Promise<string | null> {
  if (!isRef(ref)) {
    return null;
  }
  const loose = await readLooseRef(join(folder, ref));
  if (loose !== null) {
    return loose;
  }
  return commitIn(await readPackedRefs(folder), ref);
}

/** Refs of the branches there are. */
export async function readBranches(folder: string): Promise<Set<string>> {
  const packed = await readPackedRefs(folder);
  const loose = await looseBelow(folder, "refs/heads");
  return new Set([...packedBelow(packed, "refs/heads/"), ...loose]);
}

/** A ref that cannot exist beside this one, since git keeps them as a file and a folder of one name. */
export async function conflictingRef(folder: string, ref: string): Promise<string | null> {
  if (!isRef(ref)) {
    return null;
  }
  const parts = ref.split("/");
  const above = new Set<string>();
  for (let length = 3; length < parts.length; length += 1) {
    above.add(parts.slice(0, length).join("/"));
  }
  for (const other of above) {
    if ((await readLooseRef(join(folder, other))) !== null) {
      return other;
    }
  }
  const packed = await readPackedRefs(folder);
  for (const other of packedBelow(packed, parts.slice(0, 3).join("/"))) {
    if (above.has(other) || other.startsWith(`${ref}/`)) {
      return other;
    }
  }
  return (await looseBelow(folder, ref))[0] ?? null;
}

async function readLooseRef(path: string): Promise<string | null> {
  try {
    const text = (await readFile(path, "utf8")).trim();
    return isCommit(text) ? text : null;
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG")) {
      return null;
    }
    throw error;
  }
}

/** The file with lines like `0123abcd refs/heads/main`, among others, each ended; empty where there is none. */
async function readPackedRefs(folder: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, "packed-refs"));
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR")) {
      return Buffer.alloc(0);
    }
    throw error;
  }
}

/** Looked for in the bytes: taking all lines apart would cost a repository of many refs seconds. */
function commitIn(packed: Buffer, ref: string): string | null {
  const end = packed.indexOf(` ${ref}\n`);
  if (end === -1) {
    return null;
  }
  const commit = packed.toString("latin1", packed.lastIndexOf("\n", end) + 1, end);
  return isCommit(commit) ? commit : null;
}

/** Refs whose names begin so. */
function* packedBelow(packed: Buffer, beginning: string): Generator<string> {
  const wanted = Buffer.from(` ${beginning}`);
  for (let at = packed.indexOf(wanted); at !== -1; at = packed.indexOf(wanted, at + 1)) {
    yield packed.toString("utf8", at + 1, packed.indexOf("\n", at));
  }
}

/** Folders that git left empty do not count. */
async function looseBelow(folder: string, ref: string): Promise<string[]> {
  try {
    const entries = await readdir(join(folder, ref), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".lock"))
      .map((file) => join(file.parentPath, file.name).slice(folder.length + 1));
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG")) {
      return [];
    }
    throw error;
  }
}
