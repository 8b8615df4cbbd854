import { rm, writeFile } from "node:fs/promises";
import { waitFor } from "../../system/wait.ts";
import type { Places } from "../places.ts";
import { leavingFile } from "../state.ts";
import { endOldest } from "./end-oldest.ts";
import { errorLogSince, errorLogSize, refusal } from "./error-log.ts";
import { workersOf } from "./master.ts";
import { Refused } from "./refused.ts";
import { askGeneration } from "./status.ts";

export interface Reload {
  readonly places: Places;
  readonly master: number;
  /** The generation of the workers that are there, as far as that is known. */
  readonly previous: number;
  /** The generation that is written and wanted; null for one that nobody can ask for. */
  readonly generation: number | null;
  /** New workers answer, old ones still do too. */
  readonly onServing: () => void;
}

/** Reading thousands of vhosts takes a second; a refusal is read from the error log long before. */
const timeoutMs = 10_000;

/**
 * Has the master read its configuration again; resolves when no old worker accepts a connection any more.
 * @throws Refused when nginx stayed with what it had
 */
export async function reload(wanted: Reload): Promise<void> {
  const { places, master, previous, generation, onServing } = wanted;
  const old = new Set(acceptingWorkers(master).map(({ pid }) => pid));
  const offset = errorLogSize(places.errorLog);
  const leaving = leavingFile(places, previous);

  async function until(look: () => Promise<boolean> | boolean) {
    const lines = await waitFor(
      async () => {
        if (await look()) {
          return [];
        }
        const refused = refusal(await errorLogSince(places.errorLog, offset), master);
        return refused.length > 0 ? refused : null;
      },
      { timeoutMs, intervalMs: 1, maxIntervalMs: 3 },
    );
    if (lines === null) {
      const last = (await errorLogSince(places.errorLog, offset)).slice(-20);
      throw new Refused("nginx did not take up the new configuration in time", last);
    }
    if (lines.length > 0) {
      throw new Refused("nginx refused the new configuration", lines);
    }
  }

  // Once more, should it not have been announced: from here on old workers end connections in order (see leaving.ts).
  await writeFile(leaving, "");
  try {
    process.kill(master, "SIGHUP");
    await until(() => acceptingWorkers(master).some(({ pid }) => !old.has(pid)));
    onServing();
    await until(() => !acceptingWorkers(master).some(({ pid }) => old.has(pid)));
    if (generation !== null) {
      // The last proof, by which a reload that somebody else asked for just before is told from this one.
      await until(async () => (await askGeneration(places.status)) === generation);
    }
    endOldest(master);
  } finally {
    await rm(leaving, { force: true });
  }
}

function acceptingWorkers(master: number) {
  return workersOf(master).filter(({ accepting }) => accepting);
}
