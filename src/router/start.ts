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
  /** Starts nginx, or reloads it. */
  readonly goLive: () => Promise<void>;
}

/** nginx runs with what is on disk. One that does so already is left alone. */
export async function start({ places, state, main, repair, goLive }: StartParts): Promise<void> {
  const running = (await findMaster(places)) === null ? null : await askGeneration(places.status);
  if (running === null) {
    // Whatever the power took, the state is whole again before nginx is asked about it.
    await state.advance(null);
  } else if (running === (await state.written()).generation && (await isUnchanged(places, main))) {
    return;
  }
  await writeFileAtomically(places.newMain, main, { mode: fileMode });
  await repair();
  await rename(places.newMain, places.main);
  await goLive();
}

async function isUnchanged(places: Places, main: string): Promise<boolean> {
  return (await readFileIfAny(places.main)) === main && !(await hasNewerVhosts(places));
}
