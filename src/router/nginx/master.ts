import { readdir } from "node:fs/promises";
import { readFileIfAny } from "../../system/file.ts";
import { childrenOf, titleOf } from "../../system/proc.ts";
import type { Places } from "../places.ts";

export interface Worker {
  readonly pid: number;
  /** It accepts connections; false before it is ready and once it only finishes what it has. */
  readonly accepting: boolean;
  /** It only finishes what it has, by the routes that it was born with. */
  readonly leaving: boolean;
}

/** The process id of the nginx master with our configuration that accepts connections; null when there is none. */
export async function findMaster(places: Places): Promise<number | null> {
  const written = Number(await readFileIfAny(places.pid));
  if (written > 0 && isMaster(titleOf(written), places) && !isLeaving(written)) {
    return written;
  }
  // The pid file may have been lost, and a second master could not have the ports.
  return (await masters(places)).find((pid) => !isLeaving(pid)) ?? null;
}

/** Masters that were told to quit, and stay for what their workers have not finished. */
export async function leavingMasters(places: Places): Promise<number[]> {
  return (await masters(places)).filter(isLeaving);
}

/** The master's workers, old ones that finish their last requests included. */
export function workersOf(master: number): Worker[] {
  // One that was just born still has its master's title, one that has ended has none.
  return childrenOf(master).map((pid) => {
    const title = titleOf(pid);
    return { pid, accepting: title === workerTitle, leaving: title === leavingTitle };
  });
}

const workerTitle = "nginx: worker process";
const leavingTitle = "nginx: worker process is shutting down";

async function masters(places: Places): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  return pids.filter((pid) => isMaster(titleOf(pid), places));
}

function isMaster(title: string, places: Places): boolean {
  return title.startsWith("nginx: master process ") && title.split(" ").includes(places.main);
}

/** A reload begins with new workers, so that there are others while the old ones leave. */
function isLeaving(master: number): boolean {
  const workers = workersOf(master);
  return workers.length > 0 && workers.every(({ leaving }) => leaving);
}
