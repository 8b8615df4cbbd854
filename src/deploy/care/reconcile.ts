import type { App } from "../../app.ts";
import type { ServiceContainer } from "../../compose-ports.ts";
import type { Replica } from "../../ports.ts";
import type { Release } from "../../release.ts";
import { groupBy } from "../../system/group-by.ts";
import { currentReplicas, dueRoute, isCaredFor } from "./due-route.ts";
import { heal } from "./heal.ts";
import { recallLoops } from "./note-death.ts";
import type { Parts } from "../parts.ts";
import { silentReport } from "../report.ts";
import { keepRunning } from "../story/keep-running.ts";
import { registerServices } from "../story/register.ts";
import { isDone } from "../plan/service-plan.ts";
import { isCompose, isRunnable } from "../plan/shape.ts";
import { currentServices } from "../services/current.ts";
import { planRepair, runsThoughStopped } from "../services/heal-services.ts";
import { removeServices } from "../services/remove-services.ts";

/**
 * Makes what runs what should run, for all apps: replicas that died, were removed by hand or came back after a
 * reboot; routes follow. Apps at work are left to that work.
 */
export async function reconcile(parts: Parts, signal: AbortSignal): Promise<void> {
  const { engine, router, store, unkept } = parts;
  if (unkept.size > 0) {
    await keepRunning(parts, [...unkept]);
  }
  // At one moment, so that the engine is asked once.
  const [allReplicas, allServices] = await Promise.all([
    currentReplicas(parts),
    currentServices(parts),
  ]);
  parts.background.start("looking at what Docker starts again", () =>
    recallLoops(parts, [
      ...allReplicas.filter(({ restarting }) => restarting),
      ...allServices.filter(({ state, version }) => state === "restarting" && version === null),
    ]),
  );
  const replicas = groupBy(allReplicas, (replica) => replica.app);
  const services = groupBy(allServices, (container) => container.app);
  const apps = store.apps.all();
  await Promise.all(
    apps.map((app) => {
      const running = {
        replicas: replicas.get(app.id) ?? [],
        services: services.get(app.id) ?? [],
      };
      return repairIfNeeded(parts, app, running, signal);
    }),
  );
  const known = new Set(apps.map((app) => app.id));
  const orphans = [...replicas].flatMap(([app, theirs]) => (known.has(app) ? [] : theirs));
  await Promise.all(orphans.map((replica) => engine.removeReplica(replica.id)));
  const orphanProjects = [...services.keys()].filter((app) => !known.has(app));
  await Promise.all(orphanProjects.map((app) => removeServices(parts, app)));
  // Repairs take their time, and an app may be new since: what is published is read before the apps.
  const published = await router.published();
  const now = new Set(store.apps.all().map((app) => app.id));
  const routes = published.filter((app) => !now.has(app));
  await Promise.all(routes.map((app) => router.remove(app)));
}

/**
 * A Consul that was started anew has forgotten the services. Where it does not answer, one app's warning is enough.
 * It is asked about each app in turn, so nobody's start waits for it.
 */
export async function reconcileCatalog(parts: Parts): Promise<void> {
  const replicas = groupBy(await currentReplicas(parts), (replica) => replica.app);
  for (const app of parts.store.apps.all()) {
    const live = parts.store.releases.live(app.id);
    const isServing =
      live !== null && isRunnable(live) && !app.stopped && !parts.queue.busy(app.id);
    const theirs = (replicas.get(app.id) ?? []).filter(({ version }) => version === live?.version);
    if (isServing && !(await registerServices(parts, app, live, theirs))) {
      return;
    }
  }
}

/** The same for one app. @returns true when there was something to repair */
export async function reconcileApp(parts: Parts, app: App, signal: AbortSignal): Promise<boolean> {
  const [replicas, services] = await Promise.all([
    currentReplicas(parts, app.id),
    currentServices(parts, app.id),
  ]);
  return repairIfNeeded(parts, app, { replicas, services }, signal);
}

/** What of an app there is, running or not. */
interface Running {
  readonly replicas: readonly Replica[];
  readonly services: readonly ServiceContainer[];
}

async function repairIfNeeded(
  parts: Parts,
  app: App,
  running: Running,
  signal: AbortSignal,
): Promise<boolean> {
  // Often it finds that what seemed to be missing has come by itself.
  const title = `a look at ${app.id}`;
  const job = { app: app.id, title, kind: "upkeep" as const, report: silentReport, signal };
  try {
    if (parts.queue.busy(app.id) || (await isAsItShouldBe(parts, app, running))) {
      return false;
    }
    await parts.queue.run(job, () => heal(parts, app, signal));
  } catch (error) {
    if (!signal.aborted) {
      parts.log.warn({ err: error, app: app.id }, "could not repair the app");
    }
  }
  return true;
}

async function isAsItShouldBe(
  parts: Parts,
  app: App,
  { replicas, services }: Running,
): Promise<boolean> {
  const live = parts.store.releases.live(app.id);
  const isThere =
    live !== null && isCompose(live)
      ? isDone(planRepair(app, live, services)) &&
        !runsThoughStopped(app, services) &&
        replicas.every(({ service }) => service !== null)
      : services.length === 0 && hasItsReplicas(app, live, replicas);
  if (!isThere) {
    return false;
  }
  return parts.router.isPublished(app.id, dueRoute(parts, app, live, replicas));
}

function hasItsReplicas(app: App, live: Release | null, replicas: readonly Replica[]): boolean {
  const scale = live === null || app.stopped ? 0 : live.scale;
  return (
    replicas.length === scale &&
    replicas.every((replica) => isCaredFor(replica) && replica.version === live?.version)
  );
}
