import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Files } from "../support/working-copies.ts";
import { applications } from "./applications.ts";
import type { Entry } from "./entry.ts";
import { refusals } from "./refusals.ts";
import { sources } from "./sources.ts";
import { syntax } from "./syntax.ts";

/** Compose files in the styles people use, and what happens to each. */
export const catalogue: readonly Entry[] = [...applications, ...syntax, ...sources, ...refusals];

/** Every file of the entry's repository. */
export async function filesOf(entry: Entry): Promise<Files> {
  const folder = join(import.meta.dirname, entry.folder ?? entry.name);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));
  const texts = await Promise.all(
    paths.map(async (path) => [relative(folder, path), await readFile(path, "utf8")] as const),
  );
  return { ...Object.fromEntries(texts), ...entry.files };
}

/** The repository as the second push has it. */
export function changed(entry: Entry, files: Files): Files {
  const change = entry.outcome.kind === "deploys" ? entry.outcome.change : undefined;
  if (change === undefined) {
    return { ...files, "NOTES.md": "Nothing that a service is made of.\n" };
  }
  const text = files[change.file] ?? "";
  if (!text.includes(change.from)) {
    throw new Error(`${entry.name}: ${change.file} does not say ${change.from}`);
  }
  return { ...files, [change.file]: text.replaceAll(change.from, change.to) };
}
