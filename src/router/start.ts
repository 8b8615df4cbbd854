import { rename } from "node:fs/promises";
import { readFileIfAny, writeFileAtomically } from "../system/file.ts";
import { hasNewerVhosts } from "./layout.ts";
import { findMaster } from "./nginx/master.ts";
import { askGeneration } from "./nginx/status.ts";
import type { Places } from "./places.ts";
import type { State } from "./state.ts";
import { fileMode } from "./vhosts.ts";

export interface StartParts {
  readonly places: Places;
  readonly state: State;
  /** The main configuration as this Goku wants it. */
  readonly main: string;
  /** Takes vhosts out of the way until nginx accepts the new main configuration with the rest. */
  readonly repair: () => Promise<readonly string[]>;
  /** Tells the workers of an nginx that runs of the reload. */
  readonly announce: () => Promise<void>;
  /** Starts nginx, or reloads it. */
  readonly goLive: () => Promise<void>;
}

/** nginx runs with what is on disk. One that does so already is left alone. */
export async function start(parts: StartParts): Promise<void> {
  const { places, state, main } = parts;
  const master = await findMaster(places);
  const running = master === null ? null : await askGeneration(places.status);
  const isWhole = await state.isWhole();
  const isLive = isWhole && running === (await state.written()).generation;
  if (isLive && (await isUnchanged(places, main))) {
    return;
  }
  if (master !== null) {
    await parts.announce();
  }
  if (master === null || !isWhole) {
    // Whatever the power or a person took, the state is whole again before nginx is asked about it.
    await state.advance({ https: null, after: running });
  }
  await writeFileAtomically(places.newMain, main, { mode: fileMode });
  await parts.repair();
  await rename(places.newMain, places.main);
  await parts.goLive();
}

async function isUnchanged(places: Places, main: string): Promise<boolean> {
  return (await readFileIfAny(places.main)) === main && !(await hasNewerVhosts(places));
}
