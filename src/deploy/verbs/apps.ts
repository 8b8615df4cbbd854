import type { App } from "../../app.ts";
import { noSuchApp } from "../../errors.ts";
import type { Replica } from "../../ports.ts";
import { groupBy } from "../../system/group-by.ts";
import { nearest } from "../../system/nearest.ts";
import type { Parts } from "../parts.ts";

export interface AppStatus {
  readonly name: string;
  readonly id: string;
  readonly repository: string;
  readonly branch: string;
  /** `none`: never went live. `down`: fewer replicas run than it should have. */
  readonly status: "up" | "down" | "stopped" | "deploying" | "none";
  readonly version: number | null;
  readonly commit: string | null;
  readonly domains: readonly string[];
  readonly replicas: readonly Replica[];
  readonly scale: number;
  /** ISO 8601; when the live release was made. */
  readonly updatedAt: string | null;
}

/** By name or id. @throws noSuchApp with the nearest name among `known` */
export function findApp(
  parts: Parts,
  name: string,
  known: readonly App[] = parts.store.apps.all(),
): App {
  const app = known.find((other) => other.name === name || other.id === name);
  if (app !== undefined) {
    return app;
  }
  throw noSuchApp(
    name.slice(0, 80),
    nearest(
      name,
      known.map((other) => other.name),
    ),
  );
}

export async function appStatus(parts: Parts, app: App): Promise<AppStatus> {
  return statusOf(parts, app, await parts.engine.listReplicas(app.id));
}

/** One look at the engine for all apps, in the order of their names. */
export async function listStatus(parts: Parts): Promise<AppStatus[]> {
  const replicas = groupBy(await parts.engine.listReplicas(), (replica) => replica.app);
  return parts.store.apps
    .all()
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .map((app) => statusOf(parts, app, replicas.get(app.id) ?? []));
}

function statusOf(parts: Parts, app: App, all: readonly Replica[]): AppStatus {
  const live = parts.store.releases.live(app.id);
  const replicas = all.filter((replica) => replica.version === live?.version);
  const running = replicas.filter((replica) => replica.running).length;
  const status = (): AppStatus["status"] => {
    if (live === null) {
      return parts.queue.busy(app.id) ? "deploying" : "none";
    }
    if (app.stopped) {
      return "stopped";
    }
    return running >= live.scale ? "up" : "down";
  };
  return {
    name: app.name,
    id: app.id,
    repository: app.repository,
    branch: app.branch,
    status: status(),
    version: live?.version ?? null,
    commit: live?.commit ?? null,
    domains: live?.domains ?? [],
    replicas,
    scale: live?.scale ?? 0,
    updatedAt: live?.createdAt ?? null,
  };
}
