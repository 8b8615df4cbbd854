import { messageOf } from "../../../errors.ts";
import type { Log } from "../../../system/log.ts";
import { limitCgroup } from "./cgroup.ts";
import { idleMs, keepToCores } from "./cores.ts";
import { createGiveWay } from "./give-way.ts";
import type { BuildLimits, CgroupVersion } from "./limits.ts";
import { gatheredPath, gatherSteps, stepsOf } from "./steps.ts";

/** What Docker says of its cgroups (`docker info`). */
export interface CgroupSetup {
  readonly driver: string;
  readonly version: CgroupVersion;
}

const gatherMs = 50;
const giveWayMs = 250;

/** Keeps builds within the limits; `root` is where cgroups are mounted. */
export function createBuildCaps(limits: BuildLimits, log: Log, root = "/sys/fs/cgroup") {
  let builds = 0;
  let attendants: readonly NodeJS.Timeout[] = [];

  /** Why builds cannot be capped, as the end of a sentence; null where they are. */
  async function apply({ driver, version }: CgroupSetup): Promise<string | null> {
    const steps = stepsOf(driver);
    if (steps === null) {
      return `Docker's cgroup driver is "${driver}"`;
    }
    try {
      const paths = [gatheredPath, ...steps.parents];
      await Promise.all(paths.map((path) => limitCgroup(root, version, path, limits)));
      await keepToCores(root, version, gatheredPath, limits.cpus);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Runs a build, whose first step comes later than the caps; `tell` hears when it is not capped. */
  async function during<T>(
    setup: CgroupSetup,
    tell: (line: string) => void,
    build: () => Promise<T>,
  ): Promise<T> {
    builds += 1;
    const capping = cap(setup, tell);
    try {
      return await build();
    } finally {
      await capping;
      builds -= 1;
      if (builds === 0) {
        attendants.forEach(clearInterval);
        attendants = [];
        // What somebody else builds was gathered as well, and would give way for as long as it lasts.
        void apply(setup);
      }
    }
  }

  async function cap(setup: CgroupSetup, tell: (line: string) => void): Promise<void> {
    const problem = await apply(setup);
    if (problem !== null) {
      tell(`This build may use the whole machine, since it cannot be capped here: ${problem}.`);
    } else if (attendants.length === 0) {
      attendants = attend(setup);
    }
  }

  /** What is done at once and again and again while anything builds. */
  function attend({ driver, version }: CgroupSetup): NodeJS.Timeout[] {
    const giveWay = createGiveWay(root, version, gatheredPath);
    return [
      every(gatherMs, "bring a build step under the cap", () => gatherSteps(root, version, driver)),
      every(giveWayMs, "have builds give way", async () =>
        giveWay(performance.now(), await idleMs(limits.cpus)),
      ),
    ];
  }

  function every(ms: number, what: string, work: () => Promise<void>): NodeJS.Timeout {
    const warn = (err: unknown) => log.warn({ err }, `could not ${what}`);
    const attempt = () => void work().catch(warn);
    attempt();
    return setInterval(attempt, ms).unref();
  }

  return { apply, during };
}
