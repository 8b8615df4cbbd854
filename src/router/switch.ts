import { writeFile } from "node:fs/promises";
import { type GokuError, isGokuError, messageOf, nginxFailed } from "../errors.ts";
import type { Log } from "../system/log.ts";
import { boot } from "./nginx/boot.ts";
import type { Nginx } from "./nginx/binary.ts";
import { assertFree } from "./nginx/free-ports.ts";
import { findMaster } from "./nginx/master.ts";
import { Refused } from "./nginx/refused.ts";
import { reload } from "./nginx/reload.ts";
import { askGeneration } from "./nginx/status.ts";
import type { Places } from "./places.ts";
import type { Switch } from "./publish.ts";
import { leavingFile, type Next, type State } from "./state.ts";
import type { Address } from "./text/render.ts";
import type { VhostChange, Vhosts } from "./vhosts.ts";

export interface SwitchParts {
  readonly places: Places;
  readonly nginx: Nginx;
  readonly http: Address;
  readonly https: Address;
  readonly vhosts: Vhosts;
  readonly state: State;
  /** Takes vhosts that nginx refuses out of its way. */
  readonly repair: () => Promise<readonly string[]>;
  readonly log: Log;
}

const nobody = () => undefined;

/** The one step that moves traffic: files, reload, seen live; or everything as it was. */
export function createSwitch(parts: SwitchParts): Switch {
  const { vhosts, log } = parts;

  /** @returns why it didn't work, after putting back what was; null when it is live */
  async function attempt(changes: readonly VhostChange[], onServing: () => void): Promise<unknown> {
    try {
      await vhosts.put(changes);
    } catch (error) {
      return error;
    }
    try {
      await goLive(parts, onServing);
      return null;
    } catch (error) {
      await vhosts.putBack(changes.map(({ app }) => app));
      return error;
    }
  }

  return async (changes, onServing) => {
    const failure = await attempt(changes, onServing);
    if (failure === null) {
      return;
    }
    if (isGokuError(failure)) {
      throw failure;
    }
    // What served before must be live again, and it must be known whether it is this change that nginx refuses.
    const unrelated = await attempt([], nobody);
    if (unrelated === null) {
      throw refused(failure);
    }
    log.error({ err: unrelated }, "nginx refuses also what served before");
    await parts.repair();
    const second = await attempt(changes, onServing);
    if (second !== null) {
      const last = await attempt([], nobody);
      if (last !== null) {
        log.error({ err: last }, "the previous routes could not be put back");
      }
      throw refused(second);
    }
  };
}

/** @throws Refused, portTaken */
async function goLive(parts: SwitchParts, onServing: () => void): Promise<void> {
  const { places, nginx, http, https, vhosts, state } = parts;
  const withHttps = await vhosts.anyHttps();
  const master = await findMaster(places);
  if (withHttps && master !== null && !(await state.written()).https) {
    // nginx would try for two and a half seconds and then not say who has it.
    await assertFree([https], master);
  }
  const next = { https: withHttps ? https : null };
  if (master === null) {
    const generation = await state.advance(next);
    await boot({ places, nginx, generation, addresses: withHttps ? [http, https] : [http] });
    onServing();
    return;
  }
  const previous =
    (await askGeneration(places.status)) ?? (await letGoOfSocket(parts, master, next));
  await reload({ places, master, previous, generation: await state.advance(next), onServing });
}

/**
 * A reload keeps the sockets that nginx has, and never makes the path of one again that was removed: only one that was out
 * of the configuration for once is made anew.
 * @returns the generation without it
 */
async function letGoOfSocket(parts: SwitchParts, master: number, next: Next): Promise<number> {
  const { places, state, log } = parts;
  log.warn({ socket: places.status }, "nginx does not answer at its socket: it makes a new one");
  const previous = (await state.written()).generation;
  const between = await state.advance({ ...next, answers: false });
  // Its workers are replaced at once, so they keep no connection from the beginning.
  await writeFile(leavingFile(places, between), "");
  await reload({ places, master, previous, generation: null, onServing: nobody });
  return between;
}

function refused(failure: unknown): GokuError {
  if (isGokuError(failure)) {
    return failure;
  }
  const lines = failure instanceof Refused ? failure.lines : [];
  const why = lines[0] === undefined ? "" : `: ${lines[0]}`;
  return nginxFailed(
    `${messageOf(failure)}${why}. The previous routes are in place.`,
    lines,
    failure,
  );
}
