import type { App } from "../app.ts";
import type { Replica } from "../ports.ts";
import { groupBy } from "../system/group-by.ts";
import type { Parts } from "./parts.ts";
import { silentReport } from "./report.ts";
import { retireReplica } from "./retire.ts";
import { registerServices } from "./roll-out.ts";
import { isRunnable, replicaSpec, routeOf, type Runnable } from "./shape.ts";

/**
 * Makes what runs what should run, for all apps: replicas that died, were removed by hand or came back after a
 * reboot; routes follow. Apps at work are left to that work.
 */
export async function reconcile(parts: Parts, signal: AbortSignal): Promise<void> {
  const { engine, router, store } = parts;
  await router.start();
  const replicas = groupBy(await currentReplicas(parts), (replica) => replica.app);
  const apps = store.apps.all();
  await Promise.all(
    apps.map((app) => repairIfNeeded(parts, app, replicas.get(app.id) ?? [], signal)),
  );
  const known = new Set(apps.map((app) => app.id));
  const orphans = [...replicas].flatMap(([app, theirs]) => (known.has(app) ? [] : theirs));
  await Promise.all(orphans.map((replica) => engine.removeReplica(replica.id)));
  const routes = (await router.published()).filter((app) => !known.has(app));
  await Promise.all(routes.map((app) => router.remove(app)));
}

/** The same for one app. */
export async function reconcileApp(parts: Parts, app: App, signal: AbortSignal): Promise<void> {
  await repairIfNeeded(parts, app, await currentReplicas(parts, app), signal);
}

async function currentReplicas(parts: Parts, app?: App): Promise<Replica[]> {
  const replicas = await parts.engine.listReplicas(app?.id);
  return replicas.filter((replica) => !parts.retiring.has(replica.id));
}

async function repairIfNeeded(
  parts: Parts,
  app: App,
  replicas: readonly Replica[],
  signal: AbortSignal,
): Promise<void> {
  if (parts.queue.busy(app.id) || isAsItShouldBe(parts, app, replicas)) {
    return;
  }
  const title = `the repair of ${app.id}`;
  const job = { app: app.id, title, supersedes: false, report: silentReport, signal };
  try {
    await parts.queue.run(job, () => heal(parts, app, signal));
  } catch (error) {
    if (!signal.aborted) {
      parts.log.warn({ err: error, app: app.id }, "could not repair the app");
    }
  }
}

function isAsItShouldBe(parts: Parts, app: App, replicas: readonly Replica[]): boolean {
  const live = parts.store.releases.live(app.id);
  const scale = live === null || app.stopped ? 0 : live.scale;
  return (
    replicas.length === scale &&
    replicas.every((replica) => replica.running && replica.version === live?.version)
  );
}

async function heal(parts: Parts, app: App, signal: AbortSignal): Promise<void> {
  const live = parts.store.releases.live(app.id);
  const all = await currentReplicas(parts, app);
  if (live === null || !isRunnable(live)) {
    await Promise.all(all.map((replica) => parts.engine.removeReplica(replica.id)));
    return;
  }
  const stopped = parts.store.apps.find(app.id)?.stopped ?? false;
  const kept = stopped ? [] : await healReplicas(parts, app, live, all, signal);
  await publishRoute(parts, app, live, kept);
  const extra = all.filter((replica) => !kept.some(({ id }) => id === replica.id));
  parts.background.start(`retiring replicas of ${app.id} that should not run`, async (until) => {
    await Promise.all(extra.map((replica) => retireReplica(parts, replica, until)));
  });
}

/** One running replica for each place of the live release. */
async function healReplicas(
  parts: Parts,
  app: App,
  live: Runnable,
  all: readonly Replica[],
  signal: AbortSignal,
): Promise<Replica[]> {
  const places = Array.from({ length: live.scale }, (_, at) => at + 1);
  const healed = await Promise.all(
    places.map(async (index) => {
      const theirs = all.filter((other) => other.version === live.version && other.index === index);
      const best = theirs.find((replica) => replica.running) ?? theirs[0];
      return best?.running === true ? best : revive(parts, app, live, index, best, signal);
    }),
  );
  return healed;
}

async function revive(
  parts: Parts,
  app: App,
  live: Runnable,
  index: number,
  dead: Replica | undefined,
  signal: AbortSignal,
): Promise<Replica> {
  const { engine, store } = parts;
  const who = "goku";
  if (dead !== undefined) {
    try {
      await engine.restartReplica(dead.id);
      const again = (await engine.listReplicas(app.id)).find(({ id }) => id === dead.id);
      if (again?.running === true && again.address !== null) {
        store.events.add({ app: app.id, who, what: "restarted", detail: dead.name });
        return again;
      }
    } catch (error) {
      parts.log.warn({ err: error, replica: dead.name }, "could not restart it; making a new one");
    }
    await engine.removeReplica(dead.id);
  }
  const fresh = await engine.startReplica(replicaSpec(app, live, index), signal);
  await engine.keepReplica(fresh.id);
  store.events.add({ app: app.id, who, what: "replaced", detail: fresh.name });
  return fresh;
}

async function publishRoute(
  parts: Parts,
  app: App,
  live: Runnable,
  replicas: readonly Replica[],
): Promise<void> {
  const route = routeOf(live, replicas);
  if (route === null) {
    await parts.router.remove(app.id);
  } else {
    await parts.router.publish([await parts.router.prepare(route)]);
  }
  await registerServices(parts, app, live, replicas);
}
