import type { App } from "../../app.ts";
import type { CatalogService, Replica, ReplicaSpec } from "../../ports.ts";
import type { Project } from "../../project.ts";
import type { Release } from "../../release.ts";
import type { Route } from "../../route.ts";
import type { Settings } from "../../settings/settings.ts";
import type { HealthCheck } from "../story/health.ts";
import { containerEnv, readWishes } from "./wishes.ts";

/*
 * A release as the parts need to hear it: replicas for the engine, a route for the router, services for the
 * catalogue. Pure, so that what is derived once when a release goes live is derived the same way when it heals.
 */

/** A release with everything needed to run it. */
export type Runnable = Release & { readonly image: string; readonly project: Project };

export function isRunnable(release: Release): release is Runnable {
  return release.image !== null && release.project !== null;
}

/** The port that answers HTTP, or null for an app without. */
export function webPort(release: Runnable): number | null {
  return readWishes(release.vars).noHttp ? null : release.project.port;
}

export function replicaSpec(app: App, release: Runnable, index: number): ReplicaSpec {
  const { project } = release;
  return {
    app: app.id,
    version: release.version,
    index,
    image: release.image,
    env: { CONTAINER_NAME: app.name, ...containerEnv(release.vars) },
    hostname: project.hostname ?? "",
    memoryLimit: readWishes(release.vars).memoryLimit,
    mounts: project.mounts,
    published: project.published,
    links: project.links,
    volumesFrom: project.volumesFrom ? `${app.name}_data` : null,
    addName: project.addName,
  };
}

export function healthCheck(release: Runnable, deadlineMs: number): HealthCheck {
  return {
    port: webPort(release),
    path: readWishes(release.vars).check,
    host: release.domains[0] ?? "localhost",
    deadlineMs,
  };
}

/** Null for an app without HTTP. Without replicas, the hosts say 503. */
export function routeOf(release: Runnable, replicas: readonly Replica[]): Route | null {
  const port = webPort(release);
  if (port === null) {
    return null;
  }
  const wishes = readWishes(release.vars);
  return {
    app: release.app,
    domains: release.domains,
    backends: addressesOf(replicas).map((address) => ({ address, port })),
    certificate: wishes.certificate,
    sslForced: wishes.sslForced,
    template: wishes.template,
  };
}

/** Where people find the release; nowhere without HTTP. */
export function urlsOf(
  release: Runnable,
  { http, https }: Pick<Settings, "http" | "https">,
): string[] {
  if (webPort(release) === null) {
    return [];
  }
  const isSecure = readWishes(release.vars).certificate !== null;
  const [scheme, port, usual] = isSecure ? ["https", https.port, 443] : ["http", http.port, 80];
  const suffix = port === usual ? "" : `:${port}`;
  return release.domains.map((domain) => `${scheme}://${domain}${suffix}`);
}

export function servicesOf(release: Runnable, replicas: readonly Replica[]): CatalogService[] {
  const port = webPort(release);
  if (port === null) {
    return [];
  }
  const wishes = readWishes(release.vars);
  return addressesOf(replicas).map((address) => ({
    address,
    port,
    tags: [release.vars["CONSUL_TAGS"] ?? "http"],
    check: wishes.check,
    interval: wishes.checkInterval,
  }));
}

function addressesOf(replicas: readonly Replica[]): string[] {
  return replicas
    .toSorted((one, other) => one.index - other.index)
    .flatMap((replica) => (replica.address === null ? [] : [replica.address]));
}
