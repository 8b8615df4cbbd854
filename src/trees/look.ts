import { isUtf8 } from "node:buffer";
import { constants, open, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { PathFacts, Tree } from "../compose-ports.ts";
import { readContents } from "./hash.ts";
import { pathInside, resolvePath } from "./resolve.ts";

/** Longer is no text that a project is described by. */
export const maxTextBytes = 128 * 1024;

/** What is at each path, absolute or relative to the tree; hashes for those of `hashed`. */
export async function look(
  tree: Tree,
  paths: readonly string[],
  hashed: readonly string[],
): Promise<Map<string, PathFacts>> {
  const top = await realpath(tree.folder);
  const hashes = new Map<string, Promise<string>>();
  const hashOf = (real: string) => {
    const hash = hashes.get(real) ?? readContents(real).then((contents) => contents.hash);
    hashes.set(real, hash);
    return hash;
  };
  const facts = new Map<string, PathFacts>();
  for (const path of new Set([...paths, ...hashed])) {
    const found = await lookAt(tree, top, path);
    const isHashed =
      hashed.includes(path) &&
      found.where === "tree" &&
      (found.form === "file" || found.form === "folder");
    facts.set(path, isHashed ? { ...found, hash: await hashOf(found.real) } : found);
  }
  return facts;
}

async function lookAt(tree: Tree, top: string, path: string): Promise<PathFacts> {
  const asked = resolve(tree.folder, path);
  const resolved = await resolvePath(asked);
  if (resolved === null) {
    return { where: "outside", form: null, path: null, real: asked, hash: null };
  }
  const { real, exists } = resolved;
  const inside = pathInside(top, real);
  const form = exists ? await formOf(real) : null;
  if (inside === null) {
    return { where: "outside", form, path: null, real, hash: null };
  }
  return { where: exists ? "tree" : "missing", form, path: inside, real, hash: null };
}

async function formOf(real: string): Promise<PathFacts["form"]> {
  const found = await stat(real);
  if (found.isFile()) {
    return "file";
  }
  return found.isDirectory() ? "folder" : "other";
}

/** The text of a file of the tree; null where there is none inside, or it is too long or not UTF-8. */
export async function readText(tree: Tree, path: string): Promise<string | null> {
  const facts = await lookAt(tree, await realpath(tree.folder), path);
  if (facts.where !== "tree" || facts.form !== "file") {
    return null;
  }
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(facts.real, flags);
  try {
    const buffer = Buffer.alloc(maxTextBytes + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    const text = buffer.subarray(0, bytesRead);
    return bytesRead > maxTextBytes || !isUtf8(text) ? null : text.toString();
  } finally {
    await file.close();
  }
}
