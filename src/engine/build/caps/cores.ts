import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasErrno } from "../../../system/errno.ts";
import type { CgroupVersion } from "./limits.ts";

/**
 * The builds in the cgroup `path` run on as many cores as they may use, and no others: on the last ones, since the first
 * have more of the machine's own work. Where a build runs, even one that gives way, who has just been interrupted may wait
 * for the kernel's next tick; elsewhere nobody meets one. Where the kernel has no cpusets, builds run anywhere.
 * @param cpus what builds may use: `1.5`, of four cores, are two of them
 */
export async function keepToCores(
  root: string,
  version: CgroupVersion,
  path: string,
  cpus: number,
): Promise<void> {
  try {
    await (version === 2 ? unified(root, path, cpus) : split(root, path, cpus));
  } catch (error) {
    // There are no cpusets here.
    if (!hasErrno(error, "ENOENT")) {
      throw error;
    }
  }
}

async function unified(root: string, path: string, cpus: number): Promise<void> {
  const cores = coresIn(await read(join(root, "cpuset.cpus.effective")));
  await write(join(root, "cgroup.subtree_control"), "+cpuset");
  await write(join(root, path, "cpuset.cpus"), lastOf(cores, cpus));
}

async function split(root: string, path: string, cpus: number): Promise<void> {
  const parent = join(root, "cpuset");
  const cores = coresIn(await read(join(parent, "cpuset.effective_cpus")));
  const folder = join(parent, path);
  await mkdir(folder, { recursive: true });
  // No process may enter one without memory.
  await write(join(folder, "cpuset.mems"), await read(join(parent, "cpuset.effective_mems")));
  await write(join(folder, "cpuset.cpus"), lastOf(cores, cpus));
}

/** Milliseconds since the machine's start in which these cores together had nothing to do, or waited for a disk. */
export async function idleMs(cpus: number, stat = "/proc/stat"): Promise<number> {
  const lines = (await readFile(stat, "utf8")).match(/^cpu\d.*$/gm) ?? [];
  const times = lines.slice(-Math.ceil(cpus)).map((line) => {
    // proc(5): user, nice, system, idle, iowait, in hundredths of a second.
    const [, , , , idle = 0, waiting = 0] = line.split(" ").map(Number);
    return (idle + waiting) * 10;
  });
  return times.reduce((sum, each) => sum + each, 0);
}

const lastOf = (cores: readonly number[], cpus: number) => cores.slice(-Math.ceil(cpus)).join(",");

/** The numbers in the kernel's list: `0-2,5` */
function coresIn(list: string): number[] {
  return list.split(",").flatMap((part) => {
    const [first = Number.NaN, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

async function read(path: string): Promise<string> {
  return (await readFile(path, "utf8")).trim();
}

/** The kernel makes these files; where one is missing, none may be created. */
async function write(path: string, value: string): Promise<void> {
  await writeFile(path, value, { flag: "r+" });
}
