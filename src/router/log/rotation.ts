import { rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { namesIn } from "../../system/file.ts";

/** A log and what was rotated away from it (`.1` is the newest), newest first; only files that exist. */
export async function rotatedFiles(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.`;
  const names = await namesIn(dirname(path));
  const numbers = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .filter((number) => Number.isInteger(number) && number > 0)
    .sort((one, other) => one - other);
  const present = names.includes(basename(path)) ? [path] : [];
  return [...present, ...numbers.map((number) => `${path}.${number}`)];
}

/**
 * Moves logs that have grown beyond `maxBytes` aside and forgets all but `keep` of each; nginx must open them anew.
 * @returns how many were moved
 */
export async function moveLargeLogs(
  folder: string,
  maxBytes: number,
  keep: number,
): Promise<number> {
  const logs = (await namesIn(folder)).filter((name) =>
    /(?:\.access|^nginx-error)\.log$/.test(name),
  );
  let moved = 0;
  for (const name of logs) {
    const path = join(folder, name);
    if ((await stat(path)).size > maxBytes) {
      await moveOne(path, keep);
      moved++;
    }
  }
  return moved;
}

async function moveOne(path: string, keep: number): Promise<void> {
  const [, ...older] = await rotatedFiles(path);
  // Oldest first, so that none is written over.
  for (const file of older.toReversed()) {
    const number = Number(file.slice(path.length + 1));
    if (number >= keep) {
      await rm(file, { force: true });
    } else {
      await rename(file, `${path}.${number + 1}`);
    }
  }
  await rename(path, `${path}.1`);
}
