import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { namesIn, writeFileAtomically } from "../system/file.ts";
import type { Places } from "./places.ts";
import { leavingFile } from "./state.ts";
import { renderState } from "./text/render.ts";
import { fileMode } from "./vhosts.ts";

/** Clears what a Goku that was killed may have left half done. */
export async function clear(places: Places): Promise<void> {
  for (const folder of [places.prepared, places.check]) {
    await rm(folder, { recursive: true, force: true });
  }
  for (const folder of [places.apps, dirname(places.main)]) {
    const left = (await namesIn(folder)).filter((name) => name.endsWith(".tmp"));
    await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
  }
  for (const name of await namesIn(dirname(places.leaving))) {
    if (name.startsWith(basename(places.leaving))) {
      await rm(join(dirname(places.leaving), name), { force: true });
    }
  }
}

/** Makes what is missing of the folders: all of them at first, later what a person has removed. */
export async function layOut(places: Places): Promise<void> {
  for (const folder of [
    places.apps,
    places.prepared,
    places.check,
    places.temp,
    places.logFolder,
  ]) {
    await mkdir(folder, { recursive: true, mode: 0o711 });
  }
  if (!existsSync(checkState(places))) {
    await writeFileAtomically(
      checkState(places),
      renderState({ generation: 0, leaving: leavingFile(places, 0), status: null, https: null }),
      { mode: fileMode },
    );
  }
}

/** Stands in for the state where one file is checked alone. */
export function checkState(places: Places): string {
  return join(places.check, "state.conf");
}

/** True when a vhost was written or removed after the last reload: by hand, or by a Goku that was killed just then. */
export async function hasNewerVhosts(places: Places): Promise<boolean> {
  const { mtimeMs } = await stat(places.state);
  if ((await stat(places.apps)).mtimeMs > mtimeMs) {
    return true;
  }
  const names = (await readdir(places.apps)).filter((name) => name.endsWith(".conf"));
  const stats = await Promise.all(names.map((name) => stat(join(places.apps, name))));
  return stats.some((vhost) => vhost.mtimeMs > mtimeMs);
}

/** Files that this process, and so an nginx it starts, may have open at most. */
export async function maxOpenFiles(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8");
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits) ?? [];
  return hard === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(hard ?? 1024);
}
