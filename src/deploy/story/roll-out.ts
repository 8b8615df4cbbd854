import type { App } from "../../app.ts";
import type { PreparedRoute, Replica, VarChange } from "../../ports.ts";
import { assertDomainsFree } from "../plan/domains-of.ts";
import { awaitHealthy } from "./health.ts";
import { assertOneContainer, makeRoom, portHolders } from "./in-place.ts";
import type { Parts } from "../parts.ts";
import { heal } from "../care/heal.ts";
import { retire } from "./retire.ts";
import { registerServices } from "../plan/services.ts";
import { healthCheck, isRunnable, replicaSpec, routeOf, type Runnable } from "../plan/shape.ts";
import type { Story } from "./story.ts";
import { inverse } from "../plan/var-change.ts";

/** What a release consists of, before it has a version running. */
export type Rollout = Pick<Runnable, "image" | "project" | "vars" | "domains" | "scale"> & {
  /** Called when the candidate is proven, right before the point of no return. @throws what stands in the way */
  readonly check: () => Promise<void>;
  /** What the release changes in the store of vars, written right before traffic moves; null for nothing. */
  readonly change: VarChange | null;
};

/** From an image to serving: the second half of the story, the same for pushes, config changes, rollbacks and scaling. */
export async function rollOut(
  parts: Parts,
  app: App,
  rollout: Rollout,
  story: Story,
): Promise<void> {
  assertOneContainer(rollout);
  const release = open(parts, app, story, rollout);
  const holders = await portHolders(parts, release);
  if (holders.length === 0) {
    await moveTraffic(parts, app, release, rollout, story);
    return;
  }
  try {
    story.signal.throwIfAborted();
    await makeRoom(parts, release, holders, story.report);
    await moveTraffic(parts, app, release, rollout, story);
  } catch (error) {
    await bringBack(parts, app);
    throw error;
  }
}

async function moveTraffic(
  parts: Parts,
  app: App,
  release: Runnable,
  rollout: Rollout,
  story: Story,
): Promise<void> {
  const candidate = await story.step("startCandidate", () =>
    startCandidate(parts, app, release, story),
  );
  try {
    const [route] = await Promise.all([
      prepareRoute(parts, release, candidate),
      story.step("awaitHealthy", () => awaitCandidate(parts, release, candidate, story)),
    ]);
    story.commit();
    await story.step("publish", () => publish(parts, app, release, candidate, route, rollout));
  } catch (error) {
    await removeCandidate(parts, candidate);
    throw error;
  }
  await story.step("record", () => record(parts, app, release));
  parts.background.start(`retiring what v${release.version} of ${app.id} replaced`, (signal) =>
    retire(parts, app, release.version, signal),
  );
}

/** The release that had to make room runs again. */
async function bringBack(parts: Parts, app: App): Promise<void> {
  try {
    await heal(parts, app, new AbortController().signal);
  } catch (error) {
    parts.log.error({ err: error, app: app.id }, "could not bring the previous release back");
  }
}

/** Of two apps that want one domain at once, the first to come here has it. */
function open(parts: Parts, app: App, story: Story, rollout: Rollout): Runnable {
  const { image, project, vars, domains, scale } = rollout;
  assertDomainsFree(parts, app, domains);
  parts.store.releases.update(story.app, story.version, { image, project, vars, domains, scale });
  const release = parts.store.releases.find(story.app, story.version);
  if (release === null || !isRunnable(release)) {
    throw new Error(`release v${story.version} of ${story.app} cannot be run`);
  }
  return release;
}

/** All replicas, or none: what started is removed when one cannot. */
async function startCandidate(
  parts: Parts,
  app: App,
  release: Runnable,
  story: Story,
): Promise<Replica[]> {
  const count = release.scale === 1 ? "" : ` (${release.scale} containers)`;
  story.report.step(`Starting ${app.id} v${release.version}${count}`);
  const starts = Array.from({ length: release.scale }, (_, at) =>
    parts.engine.startReplica(replicaSpec(app, release, at + 1), story.signal),
  );
  const results = await Promise.allSettled(starts);
  const started = results.flatMap((result) =>
    result.status === "fulfilled" ? [result.value] : [],
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await removeCandidate(parts, started);
    throw failed.reason;
  }
  return started;
}

async function awaitCandidate(
  parts: Parts,
  release: Runnable,
  candidate: readonly Replica[],
  story: Story,
): Promise<void> {
  const check = healthCheck(release, parts.settings.deadlineMs);
  await Promise.all(
    candidate.map((replica) => awaitHealthy(parts.engine, replica, check, story.signal)),
  );
  story.report.detail("Healthy");
}

async function prepareRoute(
  parts: Parts,
  release: Runnable,
  candidate: readonly Replica[],
): Promise<PreparedRoute | null> {
  const route = routeOf(release, candidate);
  return route === null ? null : parts.router.prepare(route);
}

/** The one step that moves traffic. When it throws, the previous routes are back. */
async function publish(
  parts: Parts,
  app: App,
  release: Runnable,
  candidate: readonly Replica[],
  route: PreparedRoute | null,
  rollout: Rollout,
): Promise<void> {
  await rollout.check();
  parts.store.releases.update(release.app, release.version, { status: "publishing" });
  const undo = rollout.change === null ? null : await changeVars(parts, app, rollout.change);
  let kept = Promise.resolve();
  const keep = () => {
    kept = keepReplicas(parts, candidate);
  };
  try {
    if (route === null) {
      await parts.router.remove(release.app);
      keep();
    } else {
      // As soon as it serves, while the old workers are still leaving.
      await parts.router.publish([route], keep);
    }
  } catch (error) {
    await putVarsBack(parts, app, undo);
    throw error;
  }
  await Promise.all([kept, registerServices(parts, app, release, candidate)]);
}

/** @returns the change that takes it back */
async function changeVars(parts: Parts, app: App, change: VarChange): Promise<VarChange> {
  const before = await parts.vars.read(app.name);
  await parts.vars.change(app.name, change);
  return inverse(change, before);
}

/** Never replaces the error it is called for. */
async function putVarsBack(parts: Parts, app: App, undo: VarChange | null): Promise<void> {
  try {
    if (undo !== null) {
      await parts.vars.change(app.name, undo);
    }
  } catch (error) {
    parts.log.error({ err: error, app: app.id }, "could not take back what was written");
  }
}

/** From now on Docker starts them again when they die. Where that cannot be said, reconcile looks after them alone. */
export async function keepReplicas(parts: Parts, replicas: readonly Replica[]): Promise<void> {
  try {
    await Promise.all(replicas.map(({ id }) => parts.engine.keepReplica(id)));
  } catch (error) {
    parts.log.warn({ err: error }, "could not have Docker keep a replica running");
  }
}

function record(parts: Parts, app: App, release: Runnable): void {
  const { apps, releases } = parts.store;
  releases.goLive(app.id, release.version);
  apps.setStopped(app.id, false);
}

/** Never replaces the error it is called for. */
export async function removeCandidate(parts: Parts, candidate: readonly Replica[]): Promise<void> {
  const removals = candidate.map(async (replica) => {
    try {
      await parts.engine.removeReplica(replica.id);
    } catch (error) {
      parts.log.warn({ err: error, replica: replica.name }, "could not remove a candidate");
    }
  });
  await Promise.all(removals);
}
