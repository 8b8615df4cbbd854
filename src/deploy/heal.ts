import type { App } from "../app.ts";
import type { Replica } from "../ports.ts";
import type { Parts } from "./parts.ts";
import { retireReplica } from "./retire.ts";
import { registerServices } from "./services.ts";
import { isRunnable, replicaSpec, routeOf, type Runnable } from "./shape.ts";

/** Replicas of one app or of all, without those on their way out. */
export async function currentReplicas(parts: Parts, app?: string): Promise<Replica[]> {
  const replicas = await parts.engine.listReplicas(app);
  return replicas.filter((replica) => !parts.retiring.has(replica.id));
}

/**
 * One running replica for each place of the live release, its route, and nothing else. For whoever has the app's turn.
 */
export async function heal(parts: Parts, app: App, signal: AbortSignal): Promise<void> {
  const live = parts.store.releases.live(app.id);
  const all = await currentReplicas(parts, app.id);
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
