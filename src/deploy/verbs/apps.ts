import type { App } from "../../app.ts";
import { noSuchApp } from "../../errors.ts";
import type { ServiceContainer } from "../../compose-ports.ts";
import type { Replica } from "../../ports.ts";
import type { Service } from "../../service.ts";
import { groupBy } from "../../system/group-by.ts";
import { nearest } from "../../nearest.ts";
import type { Parts } from "../parts.ts";
import { hostsOf } from "../plan/domains-of.ts";
import { planServices } from "../plan/service-plan.ts";
import {
  type ComposeRelease,
  isCompose,
  isRunnable,
  replicaCount,
  routedServices,
  scaleOf,
} from "../plan/shape.ts";

export interface AppStatus {
  readonly name: string;
  readonly id: string;
  readonly repository: string;
  readonly branch: string;
  /** `none`: never went live. `down`: fewer containers run than should. `restarting`: one dies again and again. */
  readonly status: "up" | "down" | "restarting" | "stopped" | "deploying" | "none";
  readonly version: number | null;
  readonly commit: string | null;
  readonly domains: readonly string[];
  readonly replicas: readonly Replica[];
  /** Replicas there should be. */
  readonly scale: number;
  /** Of a compose project; empty for a Dockerfile. */
  readonly services: readonly ServiceStatus[];
  /** ISO 8601; when the live release was made. */
  readonly updatedAt: string | null;
}

/** A service of the live release of a compose project. */
export interface ServiceStatus {
  readonly name: string;
  /** Containers that run. */
  readonly running: number;
  /** Containers there should be. */
  readonly scale: number;
  /** It answers HTTP; its containers are among the replicas. */
  readonly routed: boolean;
  /** `until-done`: may have ended by itself. */
  readonly runs: Service["runs"];
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
  const isProject = hasProject(parts, app);
  const [replicas, services] = await Promise.all([
    parts.engine.listReplicas(app.id),
    isProject ? parts.composer.listServices(app.id) : [],
  ]);
  return statusOf(parts, app, replicas, services);
}

/** One look at the engine for all apps, and one for all projects, in the order of their names. */
export async function listStatus(parts: Parts): Promise<AppStatus[]> {
  const apps = parts.store.apps.all();
  const hasProjects = apps.some((app) => hasProject(parts, app));
  const [allReplicas, allServices] = await Promise.all([
    parts.engine.listReplicas(),
    hasProjects ? parts.composer.listServices() : [],
  ]);
  const replicas = groupBy(allReplicas, (replica) => replica.app);
  const services = groupBy(allServices, (container) => container.app);
  return apps
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .map((app) => statusOf(parts, app, replicas.get(app.id) ?? [], services.get(app.id) ?? []));
}

/** Every domain that leads to the app now; none before it is live, and without HTTP. */
export function liveHosts(parts: Parts, app: App): string[] {
  const live = parts.store.releases.live(app.id);
  return live === null || !isRunnable(live) ? [] : hostsOf(parts, app, live);
}

function hasProject(parts: Parts, app: App): boolean {
  return parts.store.releases.live(app.id)?.project?.kind === "compose";
}

function statusOf(
  parts: Parts,
  app: App,
  all: readonly Replica[],
  containers: readonly ServiceContainer[],
): AppStatus {
  const live = parts.store.releases.live(app.id);
  const replicas = all.filter((replica) => replica.version === live?.version);
  const running = replicas.filter((replica) => replica.running).length;
  const scale = live === null ? 0 : isRunnable(live) ? replicaCount(live) : live.scale;
  const kept = live !== null && isCompose(live) ? planServices(live, containers).keep : [];
  const services = live !== null && isCompose(live) ? servicesOf(live, kept) : [];
  const status = (): AppStatus["status"] => {
    if (live === null) {
      return parts.queue.busy(app.id) ? "deploying" : "none";
    }
    if (app.stopped) {
      return "stopped";
    }
    if ([...replicas, ...kept].some(({ id }) => parts.crashes.isLooping(id))) {
      return "restarting";
    }
    const isUp = running >= scale && services.every((service) => isWell(service));
    return isUp ? "up" : "down";
  };
  return {
    name: app.name,
    id: app.id,
    repository: app.repository,
    branch: app.branch,
    status: status(),
    version: live?.version ?? null,
    commit: live?.commit ?? null,
    domains: liveHosts(parts, app),
    replicas,
    scale,
    services,
    updatedAt: live?.createdAt ?? null,
  };
}

/** @param keep containers that are what the release says */
function servicesOf(live: ComposeRelease, keep: readonly ServiceContainer[]): ServiceStatus[] {
  const running = keep.filter(({ state }) => state === "running");
  const routed = routedServices(live.project);
  const isDone = (name: string) =>
    keep.some(({ service, state }) => service === name && state === "done");
  return live.project.services.map(({ name, runs, keep: isSilent }) => ({
    name,
    running: running.filter(({ service }) => service === name).length,
    scale: scaleOf(live, name),
    routed: routed.has(name),
    // The file has no word about it, and it has ended by itself: a job.
    runs: isSilent && isDone(name) ? "until-done" : runs,
  }));
}

function isWell({ running, scale, runs }: ServiceStatus): boolean {
  return runs === "until-done" || running >= scale;
}
