import { unhealthy } from "../../errors.ts";
import type { ServiceContainer } from "../../compose-ports.ts";
import type { ReplicaState } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { type ComposeRelease, healthCheck } from "../plan/shape.ts";
import { awaitHealthy, lastLogLines, waiterOf } from "../story/health.ts";
import type { Story } from "../story/story.ts";
import { formatDuration } from "../../system/format-duration.ts";
import { waitFor } from "../../system/wait.ts";

/** How long a container that may end by itself is watched. */
const settleMs = 1_000;
const lookEveryMs = 100;

/**
 * A container that is to stay up is well: its healthcheck passes, or its port answers, or it has stayed up for a second.
 * @throws unhealthy
 */
export async function awaitUp(
  parts: Parts,
  release: ComposeRelease,
  container: ServiceContainer,
  { report, signal }: Pick<Story, "report" | "signal">,
): Promise<void> {
  const check = healthCheck(release, container.service, parts.settings.deadlineMs);
  await awaitHealthy(parts.engine, container, check, signal, waiterOf(report));
}

/**
 * A container that was well still is, now that something it may need was replaced. One that has ended over that is started
 * again, as it would be if it served already.
 * @throws unhealthy
 */
export async function awaitUpAgain(
  parts: Parts,
  release: ComposeRelease,
  container: ServiceContainer,
  { report, signal }: Pick<Story, "report" | "signal">,
): Promise<void> {
  if (!isUp(await stateOf(parts, container))) {
    await startAgain(parts, container, { report, signal });
  }
  const check = healthCheck(release, container.service, parts.settings.deadlineMs);
  const waiter = waiterOf(report);
  await awaitHealthy(parts.engine, container, check, signal, waiter, (state) => !isUp(state));
}

/**
 * For a container that nobody is asked about: one that has ended with status 0 meanwhile may have been a job.
 * @returns true where it had failed, and was started again
 */
export async function startAgainIfFailed(
  parts: Parts,
  container: ServiceContainer,
  story: Pick<Story, "report" | "signal">,
): Promise<boolean> {
  const state = await stateOf(parts, container);
  const hasFailed = !isUp(state) && !endedWell(state);
  if (hasFailed) {
    await startAgain(parts, container, story);
  }
  return hasFailed;
}

async function startAgain(
  parts: Parts,
  container: ServiceContainer,
  { report, signal }: Pick<Story, "report" | "signal">,
): Promise<void> {
  report.detail(`${container.name} has ended meanwhile; starting it again`);
  await parts.composer.startService(container, signal);
}

/**
 * A container that may end by itself has not failed within its first second; with a healthcheck, it is well or done.
 * @returns true when it has ended, with status 0
 * @throws unhealthy
 */
export async function awaitNotFailed(
  parts: Parts,
  release: ComposeRelease,
  container: ServiceContainer,
  story: Pick<Story, "report" | "signal">,
): Promise<boolean> {
  const state = await settled(parts, container, settleMs, story.signal);
  if (state === null || isUp(state)) {
    if (state?.hasHealthcheck === true) {
      await awaitUp(parts, release, container, story);
    }
    return false;
  }
  if (state.exitCode !== 0) {
    throw await failed(parts, container, state.exitCode);
  }
  return true;
}

/** A container has ended with status 0. @throws unhealthy when it was removed */
export async function hasEndedWell(parts: Parts, container: ServiceContainer): Promise<boolean> {
  return endedWell(await stateOf(parts, container));
}

/** A container ends with status 0 within `watchMs`, as jobs do. False for one with a healthcheck. */
export async function endsWellWithin(
  parts: Parts,
  container: ServiceContainer,
  watchMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const state = await settled(parts, container, watchMs, signal);
  return state !== null && endedWell(state);
}

/** What is seen of a container as soon as it has ended, or after `watchMs`; at once where it has a healthcheck. */
function settled(
  parts: Parts,
  container: ServiceContainer,
  watchMs: number,
  signal: AbortSignal,
): Promise<ReplicaState | null> {
  const began = performance.now();
  const look = async () => {
    const state = await stateOf(parts, container);
    const isOver = performance.now() - began >= watchMs;
    return !isUp(state) || state.hasHealthcheck || isOver ? state : null;
  };
  const [timeoutMs, maxIntervalMs] = [watchMs * 2, watchMs / 10];
  return waitFor(look, { timeoutMs, intervalMs: 10, maxIntervalMs, signal });
}

/** A job is done: it has ended with status 0. @throws unhealthy, also when it takes longer than a build may */
export async function awaitCompleted(
  parts: Parts,
  container: ServiceContainer,
  signal: AbortSignal,
): Promise<void> {
  const timeoutMs = parts.settings.buildTimeoutMs;
  const done = await waitFor(
    async () => {
      const state = await stateOf(parts, container);
      if (isUp(state)) {
        return null;
      }
      if (state.exitCode !== 0) {
        throw await failed(parts, container, state.exitCode);
      }
      return true;
    },
    { timeoutMs, intervalMs: 10, maxIntervalMs: lookEveryMs, signal },
  );
  if (done === null) {
    throw unhealthy(
      `${container.name} had not ended after ${formatDuration(timeoutMs)}, and others wait for it to complete.`,
      await lastLogLines(parts.engine, container.id),
    );
  }
}

async function stateOf(parts: Parts, container: ServiceContainer): Promise<ReplicaState> {
  const state = await parts.engine.inspectReplica(container.id);
  if (state === null) {
    throw unhealthy(`${container.name} was removed by somebody else while it started.`, []);
  }
  return state;
}

function isUp({ running, restarting }: ReplicaState): boolean {
  return running || restarting;
}

function endedWell(state: ReplicaState): boolean {
  return !isUp(state) && state.exitCode === 0;
}

async function failed(parts: Parts, container: ServiceContainer, exitCode: number) {
  return unhealthy(
    `${container.name} ended with exit status ${exitCode}.`,
    await lastLogLines(parts.engine, container.id),
  );
}
