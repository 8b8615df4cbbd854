import { rm } from "node:fs/promises";
import { titleOf } from "../../system/proc.ts";
import { signalProcess } from "../../system/signal.ts";
import { waitFor } from "../../system/wait.ts";
import { portHolders, processesWith } from "../net/port-holder.ts";
import type { Places } from "../places.ts";
import type { Address } from "../text/render.ts";
import { type Nginx, runNginx } from "./binary.ts";
import { assertFree } from "./free-ports.ts";
import { errorLogSince, errorLogSize } from "./error-log.ts";
import { leavingMasters } from "./master.ts";
import { Refused } from "./refused.ts";
import { askGeneration } from "./status.ts";
import { startUnit, unitFor } from "./unit.ts";

export interface Boot {
  readonly places: Places;
  readonly nginx: Nginx;
  /** What it will listen on. */
  readonly addresses: readonly Address[];
  readonly generation: number;
}

const servingTimeoutMs = 15_000;
const portsFreeTimeoutMs = 5_000;
const masterEndTimeoutMs = 5_000;

/**
 * Starts nginx, by its systemd unit where there is one; it is no child of Goku's and outlives it.
 * @throws portTaken; Refused with what nginx said
 */
export async function boot({ places, nginx, addresses, generation }: Boot): Promise<void> {
  await endLeaving(places);
  await endOrphans(places, addresses);
  await assertFree(addresses);
  await rm(places.status, { force: true });
  const offset = errorLogSize(places.errorLog);
  const unit = await unitFor(places.main);
  const { exitCode, stderr } =
    unit === null ? await runNginx(nginx) : await startUnit(unit, places);
  if (exitCode !== 0) {
    throw new Refused("nginx does not start", lastLines(stderr.split("\n")));
  }
  const serving = await waitFor(
    async () => ((await askGeneration(places.status)) === generation ? true : null),
    { timeoutMs: servingTimeoutMs, intervalMs: 1, maxIntervalMs: 10 },
  );
  if (serving === null) {
    throw new Refused(
      "nginx was started and does not answer",
      lastLines(await errorLogSince(places.errorLog, offset)),
    );
  }
}

/**
 * A master that handed over to another, and is all that is left since that one ended, would remove the next one's pid
 * file. What its workers have not finished is cut, since no app can be reached until nginx runs.
 */
async function endLeaving(places: Places): Promise<void> {
  const leaving = await leavingMasters(places);
  for (const pid of leaving) {
    signalProcess(pid, "SIGTERM");
  }
  await waitFor(() => (leaving.every((pid) => titleOf(pid) === "") ? true : null), {
    timeoutMs: masterEndTimeoutMs,
  });
}

/** Workers of a master that was killed serve on without one, and keep the ports. They are told to finish. */
async function endOrphans(places: Places, addresses: readonly Address[]): Promise<void> {
  const ours = new Set(await processesWith(new Set([places.errorLog])));
  const holders = (await Promise.all(addresses.map(portHolders))).flat();
  const orphans = holders.filter(
    ({ pid, title }) => ours.has(pid) && title.startsWith("nginx: worker process"),
  );
  for (const pid of new Set(orphans.map((orphan) => orphan.pid))) {
    signalProcess(pid, "SIGQUIT");
  }
  if (orphans.length > 0) {
    await waitFor(
      async () => {
        const left = (await Promise.all(addresses.map(portHolders))).flat();
        return left.some(({ pid }) => ours.has(pid)) ? null : true;
      },
      { timeoutMs: portsFreeTimeoutMs },
    );
  }
}

function lastLines(lines: readonly string[]): string[] {
  return lines.filter((line) => line.trim() !== "").slice(-20);
}
