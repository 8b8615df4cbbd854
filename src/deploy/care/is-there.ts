import type { App } from "../../app.ts";
import type { ServiceContainer } from "../../compose-ports.ts";
import type { Replica } from "../../ports.ts";
import type { Release } from "../../release.ts";
import { groupBy } from "../../system/group-by.ts";
import type { Parts } from "../parts.ts";
import { isDone } from "../plan/service-plan.ts";
import { isCompose } from "../plan/shape.ts";
import { currentServices } from "../services/current.ts";
import { planRepair, runsThoughStopped } from "../services/heal-services.ts";
import { currentReplicas, isCaredFor } from "./due-route.ts";

/** What of an app there is, running or not. */
export interface Running {
  readonly replicas: readonly Replica[];
  readonly services: readonly ServiceContainer[];
}

/** What there is of one app or of all, without what is on its way out. */
export async function currentlyRunning(parts: Parts, app?: string): Promise<Running> {
  // At one moment, so that the engine is asked once.
  const [replicas, services] = await Promise.all([
    currentReplicas(parts, app),
    currentServices(parts, app),
  ]);
  return { replicas, services };
}

/** What of it each app has. */
export function byApp({ replicas, services }: Running): (app: string) => Running {
  const replicasOf = groupBy(replicas, (replica) => replica.app);
  const servicesOf = groupBy(services, (container) => container.app);
  return (app) => ({ replicas: replicasOf.get(app) ?? [], services: servicesOf.get(app) ?? [] });
}

/** All that should run does, and nothing else. */
export function isThere(app: App, live: Release | null, { replicas, services }: Running): boolean {
  return live !== null && isCompose(live)
    ? isDone(planRepair(app, live, services)) &&
        !runsThoughStopped(app, services) &&
        replicas.every(({ service }) => service !== null)
    : services.length === 0 && hasItsReplicas(app, live, replicas);
}

function hasItsReplicas(app: App, live: Release | null, replicas: readonly Replica[]): boolean {
  const scale = live === null || app.stopped ? 0 : live.scale;
  return (
    replicas.length === scale &&
    replicas.every((replica) => isCaredFor(replica) && replica.version === live?.version)
  );
}
