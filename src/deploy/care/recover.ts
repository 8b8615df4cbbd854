import type { App } from "../../app.ts";
import { isGokuError, messageOf } from "../../errors.ts";
import type { Replica } from "../../ports.ts";
import { type Release, revisionReasons } from "../../release.ts";
import { asideRef, branchRef, shortCommit } from "../../revision.ts";
import { allEnded } from "../../system/all-ended.ts";
import { eachAtOnce } from "../../system/each.ts";
import { endsWithin } from "../../system/ends-within.ts";
import { removeHalfMadeVolumes } from "../containers/half-made-volumes.ts";
import type { Parts } from "../parts.ts";
import { hostsOf } from "../plan/domains-of.ts";
import { planServices } from "../plan/service-plan.ts";
import { isCompose, isRunnable, routeOf, type Runnable } from "../plan/shape.ts";
import { currentServices } from "../services/current.ts";
import { toKeep } from "../services/start-services.ts";
import { keepRunning } from "../story/keep-running.ts";
import { putRoute } from "../story/put-route.ts";
import { undoVars } from "../story/put-vars-back.ts";
import { noChange, unwritten } from "../plan/var-change.ts";
import { silentReport } from "../report.ts";
import { removeApp } from "../verbs/remove.ts";
import { createCare } from "./care.ts";
import { currentReplicas } from "./due-route.ts";
import { longestRepairsMs } from "./reconcile.ts";

const refsAtOnce = 16;

/**
 * Ends what a Goku that was killed had begun. A release at `publishing` was proven and is brought live if its
 * replicas still run; anything earlier has failed, and reconcile puts the routes right. What this Goku is at work on
 * itself is not left over. What takes longer than a few seconds of it goes on in the turns of its apps, as repairs do.
 * @throws dockerUnavailable
 */
export async function recover(parts: Parts): Promise<void> {
  const { releases } = parts.store;
  const ids = new Set(releases.unfinished().map(({ app }) => app));
  const left = [...ids].filter((id) => !parts.queue.busy(id));
  const turns = left.map((id) =>
    inItsTurn(parts, id, async () => {
      for (const release of releases.unfinished().filter(({ app }) => app === id)) {
        await finish(parts, release);
      }
    }),
  );
  const works = allEnded(turns);
  if (!(await endsWithin(longestRepairsMs, works))) {
    parts.background.start("ending what was left", () => works);
    // Looks at all apps leave those at work alone, and the next may be a minute away.
    const care = createCare(parts);
    left.filter((id) => parts.queue.busy(id)).forEach((id) => care.look(id));
  }
}

function inItsTurn(parts: Parts, app: string, work: () => Promise<void>): Promise<void> {
  const { signal } = new AbortController();
  const title = `what was left of ${app}`;
  const job = { app, title, kind: "upkeep" as const, report: silentReport, signal };
  return parts.queue.run(job, work);
}

/** Begins to end the removals that were cut off; where that fails, the next look at all apps tries again. */
export function finishRemovals(parts: Parts): void {
  const { background, queue, store } = parts;
  for (const [id, removal] of store.apps.removals()) {
    const app = store.apps.find(id);
    if (app !== null && !queue.busy(id)) {
      background.start(`finishing the removal of ${id}`, async (signal) => {
        const request = { by: "goku", byAdmin: true, report: silentReport, signal };
        await removeApp(parts, app, { force: removal === "all" }, request);
      });
    }
  }
}

/** Moves refs where git could not: before any door opens, since a push that is live moves its ref itself a moment later. */
export async function moveRefs(parts: Parts): Promise<void> {
  const { apps } = parts.store;
  const leaving = apps.removals();
  const staying = apps.all().filter(({ id }) => !leaving.has(id));
  await eachAtOnce(staying, refsAtOnce, (app) => moveRef(parts, app));
}

async function finish(parts: Parts, release: Release): Promise<void> {
  const { releases, apps } = parts.store;
  const app = apps.find(release.app);
  const { version } = release;
  if (app !== null && isRunnable(release) && (await publishAgain(parts, app, release))) {
    releases.goLive(app.id, version);
    parts.log.info({ app: app.id, version }, "finished a release left publishing");
    await moveRef(parts, app);
    return;
  }
  const isTakenBack = app === null || (await isUndone(parts, app, version));
  if (!isTakenBack || !(await removeHalfMadeVolumes(parts, release))) {
    return;
  }
  const failure = "Goku was stopped while this was on its way.";
  releases.update(release.app, version, { status: "failed", failure });
  parts.log.info({ app: release.app, version }, "gave up a release left unfinished");
}

/** False where the vars are out of reach, as Consul is while a server starts: the next look at all apps tries again. */
async function isUndone(parts: Parts, app: App, version: number): Promise<boolean> {
  if (isOvertaken(parts, app, version)) {
    // What went live since was made from the vars as they are.
    return true;
  }
  try {
    await undoVars(parts, app, version);
    return true;
  } catch (error) {
    parts.log.error({ err: error, app: app.id }, "could not take back what was written");
    return !isGokuError(error) || error.code !== "unavailable";
  }
}

function isOvertaken({ store }: Parts, app: App, version: number): boolean {
  return (store.releases.live(app.id)?.version ?? 0) > version;
}

/** False when the release had not got that far, or what it needs does not run or is out of reach. */
async function publishAgain(parts: Parts, app: App, release: Runnable): Promise<boolean> {
  if (release.status !== "publishing" || isOvertaken(parts, app, release.version)) {
    return false;
  }
  // Without those on their way out: a look at all apps may have come between.
  const replicas = (await currentReplicas(parts, app.id)).filter(
    ({ version, running }) => version === release.version && running,
  );
  const ids = await candidateOf(parts, release, replicas);
  if (ids === null) {
    return false;
  }
  try {
    await writeVars(parts, app, release);
    await putRoute(parts, app.id, routeOf(release, hostsOf(parts, app, release), replicas));
  } catch (error) {
    parts.log.warn({ err: error, app: app.id }, `cannot publish it again: ${messageOf(error)}`);
    return false;
  }
  await keepRunning(parts, ids);
  return true;
}

/** Ids of the candidate's containers that Docker is to keep running; null when not all of it runs. */
async function candidateOf(
  parts: Parts,
  release: Runnable,
  replicas: readonly Replica[],
): Promise<string[] | null> {
  if (isCompose(release)) {
    const plan = planServices(release, await currentServices(parts, release.app));
    return plan.create.length + plan.start.length === 0 ? toKeep(release, plan.keep) : null;
  }
  return replicas.length < release.scale ? null : replicas.map(({ id }) => id);
}

/** A release is whole: if what it changes in the vars had not been written yet, it is now. */
async function writeVars({ store, vars }: Parts, app: App, release: Release): Promise<void> {
  const undo = () => store.releases.undo(app.id, release.version);
  if (undo() !== null) {
    await vars.change(app.name, (now) => unwritten(undo() ?? noChange, now, release.vars));
  }
}

/**
 * A push that went live and was cut off before git moved the ref: the ref follows. Where an older database was put back, it
 * leads to what nobody knows of any more, which is set aside.
 */
async function moveRef(parts: Parts, app: App): Promise<void> {
  const live = parts.store.releases.live(app.id);
  if (live === null || live.reason !== revisionReasons.push) {
    return;
  }
  const ref = branchRef(app.branch);
  try {
    const tip = await parts.repositories.tip(app.repository, ref);
    if (tip !== live.commit) {
      // What a Goku that was killed had recorded may not be on the disk yet, and git's refs are.
      await parts.store.sync();
      const known = parts.store.releases.list(app.id).map(({ commit }) => commit);
      if (tip !== null && !known.includes(tip)) {
        await parts.repositories.moveRef(app.repository, asideRef(tip), tip, null);
      }
      const moved = await parts.repositories.moveRef(app.repository, ref, live.commit, tip);
      parts.log.info({ app: app.id, ref, commit: shortCommit(live.commit), moved }, "moved a ref");
    }
  } catch (error) {
    // One repository that is damaged or gone must not keep all of Goku from starting.
    parts.log.error({ err: error, app: app.id, ref }, "could not look after the ref");
  }
}
