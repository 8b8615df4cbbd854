import type { App } from "../../app.ts";
import type { Replica } from "../../ports.ts";
import type { Release } from "../../release.ts";
import type { Route } from "../../route.ts";
import type { Parts } from "../parts.ts";
import { hostsOf } from "../plan/domains-of.ts";
import { registerServices } from "../story/register.ts";
import { isRunnable, routeOf, type Runnable } from "../plan/shape.ts";
import { putRoute } from "../story/put-route.ts";

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

/** The route an app should have with this live release and these replicas; null for none. */
export function dueRoute(
  parts: Parts,
  app: App,
  live: Release | null,
  replicas: readonly Replica[],
): Route | null {
  return live === null || !isRunnable(live)
    ? null
    : routeOf(live, hostsOf(parts, app, live), app.stopped ? [] : replicas);
}

/** The route and the catalogue follow what runs. */
export async function publishRoute(
  parts: Parts,
  app: App,
  live: Runnable,
  replicas: readonly Replica[],
): Promise<void> {
  const route = dueRoute(parts, app, live, replicas);
  if (route === null || !(await parts.router.isPublished(app.id, route))) {
    await putRoute(parts, app.id, route);
  }
  await registerServices(parts, app, live, replicas);
}
