import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import { hasErrno } from "../system/errno.ts";

/** Where a path leads. */
export interface Resolved {
  /** Absolute, symlinks resolved as far as it exists. */
  readonly real: string;
  readonly exists: boolean;
}

/** As many as Linux follows. */
const maxLinks = 40;

/** Resolves symlinks as the kernel does, also those that lead to nothing. @returns null for links that go round in circles */
export async function resolvePath(path: string): Promise<Resolved | null> {
  try {
    return { real: await realpath(path), exists: true };
  } catch (error) {
    if (hasErrno(error, "ELOOP")) {
      return null;
    }
    if (!hasErrno(error, "ENOENT", "ENOTDIR")) {
      throw error;
    }
  }
  return resolveByParts(path);
}

async function resolveByParts(path: string): Promise<Resolved | null> {
  const ahead = path.split("/").toReversed();
  let real = "/";
  let exists = true;
  let links = 0;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === "" || part === ".") {
      continue;
    }
    if (part === "..") {
      real = dirname(real);
      exists = true;
      continue;
    }
    const next = join(real, part);
    const found: Found = exists ? await findAt(next) : { kind: "missing" };
    if (found.kind !== "link") {
      real = next;
      exists = found.kind === "there";
      continue;
    }
    links += 1;
    if (links > maxLinks) {
      return null;
    }
    if (isAbsolute(found.target)) {
      real = "/";
    }
    ahead.push(...found.target.split("/").toReversed());
  }
  return { real, exists };
}

type Found =
  | { readonly kind: "missing" | "there" }
  | { readonly kind: "link"; readonly target: string };

async function findAt(path: string): Promise<Found> {
  try {
    const found = await lstat(path);
    return found.isSymbolicLink()
      ? { kind: "link", target: await readlink(path) }
      : { kind: "there" };
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR")) {
      return { kind: "missing" };
    }
    throw error;
  }
}

/** The path relative to the folder, empty for the folder itself; null outside of it. Both without symlinks. */
export function pathInside(folder: string, path: string): string | null {
  const found = relative(folder, path);
  return found === ".." || found.startsWith("../") || isAbsolute(found) ? null : found;
}
