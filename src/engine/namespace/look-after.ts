import type { Log } from "../../system/log.ts";
import { cleanUp } from "../../system/clean-up.ts";
import type { Listed } from "../container-list.ts";
import { inNamespaces } from "./guard.ts";

/** Docker answers other questions meanwhile: a push may be on its way. */
const atOnce = 4;
/** Looked at again in each round, although the guard would have heard of it. */
const againInARound = 50;

/**
 * Finds replicas that run in a namespace which was started after them. Docker has to be asked about each of them,
 * twice, so that nobody waits for it; one that was seen to be well has its turn again after all others.
 * @param rejoin a look at two containers where all is well
 */
export function createLookAfter(rejoin: (replica: string) => Promise<void>, log: Log) {
  /** Ids of replicas, those seen longest ago first. */
  const well = new Set<string>();
  let due: Listed[] = [];
  let round: Promise<void> | null = null;

  async function work(): Promise<void> {
    for (let next = due.shift(); next !== undefined; next = due.shift()) {
      const { id, name } = next;
      well.delete(id);
      await cleanUp(log, `look after ${name}`, async () => {
        await rejoin(id);
        well.add(id);
      });
    }
  }

  async function workTogether(): Promise<void> {
    await Promise.all(Array.from({ length: atOnce }, work));
    round = null;
  }

  /** Takes the place of a round that is still under way. */
  function begin(containers: readonly Listed[]): void {
    const running = new Map(inNamespaces(containers).map((each) => [each.id, each]));
    for (const id of well) {
      if (!running.has(id)) {
        well.delete(id);
      }
    }
    const again = new Set([...well].slice(0, againInARound));
    due = [...running.values()].filter(({ id }) => !well.has(id) || again.has(id));
    round ??= workTogether();
  }

  return {
    begin,
    /** Docker was away: nobody knows what became of whom. */
    forget(): void {
      well.clear();
    },
    async close(): Promise<void> {
      due = [];
      await round;
    },
  };
}
