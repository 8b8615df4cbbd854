import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasErrno } from "../../../system/errno.ts";
import { writeLimit } from "./cgroup.ts";
import type { CgroupVersion } from "./limits.ts";

/** Of one core. A build that gets less is starved, unless its cores have as much to spare: then it does not want more. */
const leastShare = 0.25;

/**
 * To be called every now and then while builds run in the cgroup `path`. They give way until the next call: whoever else
 * wakes up runs at once (`cpu.idle`, Linux 5.15), where a low weight alone would leave a build the rest of its time slice.
 * An idle cgroup gets next to nothing while others keep all cores busy; so what was starved since the last call is
 * everybody's equal until the next.
 */
export function createGiveWay(root: string, version: CgroupVersion, path: string) {
  let last: { readonly atMs: number; readonly usedMs: number; readonly idleMs: number } | null =
    null;

  /** @param idleMs what the cores of builds had to spare since whenever */
  return async function giveWay(atMs: number, idleMs: number): Promise<void> {
    const usedMs = await cpuUsedMs(root, version, path);
    if (usedMs === null) {
      return;
    }
    if (last !== null) {
      const most = Math.max(usedMs - last.usedMs, idleMs - last.idleMs);
      const value = most >= (atMs - last.atMs) * leastShare ? "1" : "0";
      const folder = version === 2 ? join(root, path) : join(root, "cpu", path);
      await writeLimit(join(folder, "cpu.idle"), { value, optional: true });
    }
    last = { atMs, usedMs, idleMs };
  };
}

/** On all cores together since the cgroup was made; null while there is no such count. */
async function cpuUsedMs(
  root: string,
  version: CgroupVersion,
  path: string,
): Promise<number | null> {
  try {
    if (version === 1) {
      return Number(await readFile(join(root, "cpuacct", path, "cpuacct.usage"), "utf8")) / 1e6;
    }
    const stat = await readFile(join(root, path, "cpu.stat"), "utf8");
    const [, usedUs] = /^usage_usec (\d+)$/m.exec(stat) ?? [];
    return usedUs === undefined ? null : Number(usedUs) / 1000;
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return null;
    }
    throw error;
  }
}
