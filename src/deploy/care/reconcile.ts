import type { App } from "../../app.ts";
import { endsWithin } from "../../system/ends-within.ts";
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

/** A mount that is out of reach, or a process that does not listen to SIGTERM, holds a repair for minutes. */
export const longestRepairsMs = 5_000;

/**
 * Makes what runs what should run, for all apps: replicas that died, were removed by hand or came back after a
 * reboot; routes follow. Apps at work are left to that work. What takes longer than a few seconds of it goes on in the
 * turns of its apps, and nobody waits: neither the doors at the start nor the next look.
 */
export async function reconcile(parts: Parts, signal: AbortSignal): Promise<void> {
  const { router, store, unkept } = parts;
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
  const removals = orphans(apps, running).map((app) =>
    removeContainers(parts, app, runningOf(app), signal),
  );
  const works = Promise.all([...repairs, ...removals]);
  await Promise.all([endsWithin(longestRepairsMs, works), putRoutes(parts, misled, signal)]);
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
  await inTurn(parts, app, signal, "repair the app", (until) => heal(parts, app, until));
}

/** Ids that containers have, and no app. */
function orphans(apps: readonly App[], { replicas, services }: Running): string[] {
  const known = new Set(apps.map(({ id }) => id));
  const found = new Set([...replicas, ...services].map(({ app }) => app));
  return [...found].filter((app) => !known.has(app));
}

async function removeContainers(
  parts: Parts,
  id: string,
  { replicas, services }: Running,
  signal: AbortSignal,
): Promise<void> {
  const { engine, queue, store } = parts;
  if (queue.busy(id)) {
    return;
  }
  await inTurn(parts, { id, name: id }, signal, "remove what no app has", async () => {
    if (store.apps.find(id) !== null) {
      return;
    }
    await Promise.all(replicas.map((replica) => engine.removeReplica(replica.id)));
    if (services.length > 0) {
      await removeServices(parts, id);
    }
  });
}

/** A failure is a warning, and the next look's. */
async function inTurn(
  { log, queue }: Parts,
  { id, name }: Pick<App, "id" | "name">,
  signal: AbortSignal,
  what: string,
  work: (until: AbortSignal) => Promise<void>,
): Promise<void> {
  const title = `Goku's check of ${name}`;
  const job = { app: id, title, kind: "upkeep" as const, report: silentReport, signal };
  let until = signal;
  try {
    await queue.run(job, (turn) => {
      until = turn.signal;
      return work(until);
    });
  } catch (error) {
    if (!until.aborted) {
      log.warn({ err: error, app: id }, `could not ${what}`);
    }
  }
}
