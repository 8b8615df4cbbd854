import type { App } from "../../app.ts";
import { groupBy } from "../../system/group-by.ts";
import type { Parts } from "../parts.ts";
import { isRunnable } from "../plan/shape.ts";
import { silentReport } from "../report.ts";
import { removeServices } from "../services/remove-services.ts";
import { keepRunning } from "../story/keep-running.ts";
import { registerServices } from "../story/register.ts";
import { currentReplicas, dueRoute } from "./due-route.ts";
import { heal } from "./heal.ts";
import { byApp, currentlyRunning, isThere, type Running } from "./is-there.ts";
import { recallLoops } from "./note-death.ts";
import { putRoutes } from "./put-routes.ts";

/**
 * Makes what runs what should run, for all apps: replicas that died, were removed by hand or came back after a
 * reboot; routes follow. Apps at work are left to that work.
 */
export async function reconcile(parts: Parts, signal: AbortSignal): Promise<void> {
  const { engine, router, store, unkept } = parts;
  if (unkept.size > 0) {
    await keepRunning(parts, [...unkept]);
  }
  const running = await currentlyRunning(parts);
  parts.background.start("looking at what Docker starts again", () =>
    recallLoops(parts, [
      ...running.replicas.filter(({ restarting }) => restarting),
      ...running.services.filter(
        ({ state, version }) => state === "restarting" && version === null,
      ),
    ]),
  );
  const runningOf = byApp(running);
  const apps = store.apps.all();
  const looks = apps.map(async (app) => ({ app, lack: await look(parts, app, runningOf(app.id)) }));
  const repairs = looks.map(async (looking) => {
    const { app, lack } = await looking;
    if (lack === "more") {
      await repair(parts, app, signal);
    }
  });
  const seen = await Promise.all(looks);
  const misled = seen.flatMap(({ app, lack }) => (lack === "route" ? [app] : []));
  await Promise.all([...repairs, putRoutes(parts, misled, signal)]);
  const known = new Set(apps.map((app) => app.id));
  const orphans = running.replicas.filter(({ app }) => !known.has(app));
  await Promise.all(orphans.map((replica) => engine.removeReplica(replica.id)));
  const orphanProjects = new Set(
    running.services.map(({ app }) => app).filter((app) => !known.has(app)),
  );
  await Promise.all([...orphanProjects].map((app) => removeServices(parts, app)));
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
  const lack = await look(parts, app, await currentlyRunning(parts, app.id));
  if (lack === null) {
    return false;
  }
  await repair(parts, app, signal);
  return true;
}

/** What an app lacks: its route alone, or more; null where it is as it should be, or at work. */
async function look(parts: Parts, app: App, running: Running): Promise<"route" | "more" | null> {
  if (parts.queue.busy(app.id)) {
    return null;
  }
  try {
    const live = parts.store.releases.live(app.id);
    if (!isThere(app, live, running)) {
      return "more";
    }
    const route = dueRoute(parts, app, live, running.replicas);
    if (await parts.router.isPublished(app.id, route)) {
      return null;
    }
    return route === null ? "more" : "route";
  } catch {
    // The repair meets that as well, and says so.
    return "more";
  }
}

async function repair(parts: Parts, app: App, signal: AbortSignal): Promise<void> {
  // Often it finds that what seemed to be missing has come by itself.
  const title = `Goku's check of ${app.name}`;
  const job = { app: app.id, title, kind: "upkeep" as const, report: silentReport, signal };
  try {
    await parts.queue.run(job, () => heal(parts, app, signal));
  } catch (error) {
    if (!signal.aborted) {
      parts.log.warn({ err: error, app: app.id }, "could not repair the app");
    }
  }
}
