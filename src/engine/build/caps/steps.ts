import { join } from "node:path";
import { cgroupFolders, childrenOf, type Controller, moveProcesses } from "./cgroup.ts";
import type { CgroupVersion } from "./limits.ts";

/**
 * Where the steps of all builds are brought together, of all Gokus of the machine. It is at the top, since the kernel
 * compares those who want a core level by level, and only there does a build give way to what is not Docker's, too.
 */
export const gatheredPath = "goku-builds";

interface Steps {
  /** Cgroup in which BuildKit makes one for each step. */
  readonly folder: string;
  readonly pattern: RegExp;
  /** Cgroups that have steps only, capped as well: for as long as a step is not gathered. */
  readonly parents: readonly string[];
  /** Of cgroup version 1. */
  readonly gathered: readonly Controller[];
}

const stepsOfDriver: Readonly<Record<string, Steps>> = {
  cgroupfs: {
    folder: "docker/buildkit",
    pattern: /^[a-z0-9]{20,}$/,
    parents: ["docker/buildkit"],
    gathered: ["cpu", "cpuacct", "cpuset"],
  },
  // BuildKit takes the name that is meant for systemd as a path, so that each step is beside Docker's own slice.
  systemd: {
    folder: "system.slice",
    pattern: /:docker:[a-z0-9]{20,}$/,
    parents: [],
    gathered: ["cpu", "cpuacct", "cpuset", "memory"],
  },
};

/** How BuildKit has its steps with this cgroup driver of Docker's; null for one that is not known. */
export function stepsOf(driver: string): Steps | null {
  return stepsOfDriver[driver] ?? null;
}

/** Children that a process starts from then on are born in the cgroup it was moved to. */
export async function gatherSteps(
  root: string,
  version: CgroupVersion,
  driver: string,
): Promise<void> {
  const steps = stepsOf(driver);
  if (steps === null) {
    return;
  }
  const parents = cgroupFolders(root, version, steps.folder, steps.gathered);
  const targets = cgroupFolders(root, version, gatheredPath, steps.gathered);
  for (const [at, parent] of parents.entries()) {
    const names = (await childrenOf(parent)).filter((name) => steps.pattern.test(name));
    for (const name of names) {
      await moveProcesses(join(parent, name), targets[at] ?? "");
    }
  }
}
