import { join } from "node:path";
import { messageOf } from "../../../errors.ts";
import type { Log } from "../../../system/log.ts";
import { cgroupFolders, childrenOf, limitCgroup, moveProcesses } from "./cgroup.ts";
import type { BuildLimits, CgroupVersion } from "./limits.ts";

/** What Docker says of its cgroups (`docker info`). */
export interface CgroupSetup {
  readonly driver: string;
  readonly version: CgroupVersion;
}

/** Parent of all build steps where Docker writes cgroups itself. */
const buildkitPath = "docker/buildkit";

/**
 * Where systemd has Docker's cgroups, BuildKit takes the name meant for systemd as a path, so that each step has a
 * cgroup of its own beside Docker's, called `system.slice:docker:ID`, and no parent but system.slice.
 */
const stepPattern = /:docker:[a-z0-9]{20,}$/;
const slice = "system.slice";
/** Steps are brought together here then. One for all Gokus of the machine. */
const gatheredPath = "goku-builds";
const gatherMs = 50;

/** Keeps builds within the limits; `root` is where cgroups are mounted. */
export function createBuildCaps(limits: BuildLimits, log: Log, root = "/sys/fs/cgroup") {
  let builds = 0;
  let gathering: NodeJS.Timeout | null = null;

  /** Why builds cannot be capped, as the end of a sentence; null where they are. */
  async function apply(setup: CgroupSetup): Promise<string | null> {
    const path = pathFor(setup);
    if (path === null) {
      return `Docker's cgroup driver is "${setup.driver}"`;
    }
    try {
      await limitCgroup(root, setup.version, path, limits);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Runs a build; `tell` hears when it is not capped. */
  async function during<T>(
    setup: CgroupSetup,
    tell: (line: string) => void,
    build: () => Promise<T>,
  ): Promise<T> {
    const problem = await apply(setup);
    if (problem !== null) {
      tell(`This build may use the whole machine, since it cannot be capped here: ${problem}.`);
    }
    builds += 1;
    if (problem === null && setup.driver === "systemd") {
      gathering ??= setInterval(() => gather(setup.version), gatherMs).unref();
    }
    try {
      return await build();
    } finally {
      builds -= 1;
      if (builds === 0 && gathering !== null) {
        clearInterval(gathering);
        gathering = null;
      }
    }
  }

  function gather(version: CgroupVersion): void {
    gatherSteps(root, version).catch((error: unknown) =>
      log.warn({ err: error }, "could not bring a build step under the cap"),
    );
  }

  return { apply, during };
}

function pathFor({ driver }: CgroupSetup): string | null {
  if (driver === "cgroupfs") {
    return buildkitPath;
  }
  return driver === "systemd" ? gatheredPath : null;
}

/** Children that a process starts from then on are born in the cgroup it was moved to. */
export async function gatherSteps(root: string, version: CgroupVersion): Promise<void> {
  const slices = cgroupFolders(root, version, slice);
  const targets = cgroupFolders(root, version, gatheredPath);
  for (const [at, folder] of slices.entries()) {
    const steps = (await childrenOf(folder)).filter((name) => stepPattern.test(name));
    for (const step of steps) {
      await moveProcesses(join(folder, step), targets[at] ?? "");
    }
  }
}
