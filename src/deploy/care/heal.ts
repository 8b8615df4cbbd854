import type { App } from "../../app.ts";
import type { Replica } from "../../ports.ts";
import type { Route } from "../../route.ts";
import type { Parts } from "../parts.ts";
import { retireReplica } from "../story/retire.ts";
import { registerServices } from "../plan/services.ts";
import { isRunnable, replicaSpec, routeOf, type Runnable } from "../plan/shape.ts";

/** Replicas of one app or of all, without those on their way out. */
export async function currentReplicas(parts: Parts, app?: string): Promise<Replica[]> {
  // The list may still have what is gone, and off this set, by the time the list is here.
  const leaving = new Set(parts.retiring);
  const replicas = await parts.engine.listReplicas(app);
  return replicas.filter(({ id }) => !leaving.has(id) && !parts.retiring.has(id));
}

/** It runs, or Docker sees to that: what Docker starts again is not started by two. */
export function isCaredFor(replica: Replica): boolean {
  return replica.running || replica.restarting;
}

/** The route an app should have with these replicas; null for none. */
export function dueRoute(parts: Parts, app: App, replicas: readonly Replica[]): Route | null {
  const live = parts.store.releases.live(app.id);
  return live === null || !isRunnable(live) ? null : routeOf(live, app.stopped ? [] : replicas);
}

/**
 * One running replica for each place of the live release, its route, and nothing else. For whoever has the app's turn.
 */
export async function heal(parts: Parts, app: App, signal: AbortSignal): Promise<void> {
  const live = parts.store.releases.live(app.id);
  const all = await currentReplicas(parts, app.id);
  if (live === null || !isRunnable(live)) {
    await parts.router.remove(app.id);
    await Promise.all(all.map((replica) => parts.engine.removeReplica(replica.id)));
    return;
  }
  const now = parts.store.apps.find(app.id) ?? app;
  const kept = now.stopped ? [] : await healReplicas(parts, app, live, all, signal);
  await publishRoute(parts, now, live, kept);
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
      const best = theirs.find(({ running }) => running) ?? theirs.find(isCaredFor) ?? theirs[0];
      return best !== undefined && isCaredFor(best)
        ? best
        : revive(parts, app, live, index, best, signal);
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
      // It may be one that Goku was killed over before Docker was told.
      await engine.keepReplica(dead.id);
      const again = (await engine.listReplicas(app.id)).find(({ id }) => id === dead.id);
      if (again !== undefined && isCaredFor(again) && again.address !== null) {
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
  const route = dueRoute(parts, app, replicas);
  if (route === null) {
    await parts.router.remove(app.id);
  } else if (!(await parts.router.isPublished(app.id, route))) {
    await parts.router.publish([await parts.router.prepare(route)]);
  }
  await registerServices(parts, app, live, replicas);
}
