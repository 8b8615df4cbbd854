import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { branchOf, isCommit } from "../../revision.ts";
import { hasErrno } from "../../system/errno.ts";
import { readFileIfAny } from "../../system/file.ts";

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
  const packed = await readPackedRefs(folder);
  return packed.get(ref) ?? null;
}

/** Refs of the branches there are. */
export async function readBranches(folder: string): Promise<Set<string>> {
  const packed = await readPackedRefs(folder);
  const loose = await looseBelow(folder, "refs/heads");
  return new Set([...packed.keys(), ...loose].filter((ref) => branchOf(ref) !== null));
}

/** A ref that cannot exist beside this one, since git keeps them as a file and a folder of one name. */
export async function conflictingRef(folder: string, ref: string): Promise<string | null> {
  if (!isRef(ref)) {
    return null;
  }
  const packed = await readPackedRefs(folder);
  const parts = ref.split("/");
  for (let length = 3; length < parts.length; length += 1) {
    const above = parts.slice(0, length).join("/");
    if (packed.has(above) || (await readLooseRef(join(folder, above))) !== null) {
      return above;
    }
  }
  const below = [...packed.keys()].find((other) => other.startsWith(`${ref}/`));
  return below ?? (await looseBelow(folder, ref))[0] ?? null;
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

async function readPackedRefs(folder: string): Promise<Map<string, string>> {
  const text = (await readFileIfAny(join(folder, "packed-refs"))) ?? "";
  const lines = text.split("\n").map((line) => line.split(" "));
  return new Map(
    lines.flatMap(([commit = "", ref]) =>
      ref !== undefined && isCommit(commit) ? [[ref, commit]] : [],
    ),
  );
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
