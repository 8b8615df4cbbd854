import type { App } from "../../app.ts";
import type { CatalogService } from "../../catalog-ports.ts";
import type { Replica, ReplicaSpec } from "../../ports.ts";
import type { ComposeProject, DockerfileProject, Project } from "../../project.ts";
import type { Release } from "../../release.ts";
import type { Route, Site } from "../../route.ts";
import type { ServiceRoute } from "../../service.ts";
import type { Settings } from "../../settings/settings.ts";
import { appVolume } from "./app-volumes.ts";
import type { HealthCheck } from "./health-check.ts";
import { containerEnv, readWishes } from "./wishes.ts";

/*
 * A release as the parts need to hear it: replicas for the engine, a route for the router, services for the
 * catalogue. Pure, so that what is derived once when a release goes live is derived the same way when it heals.
 */

/** A release with everything needed to run it. */
export type Runnable = DockerfileRelease | ComposeRelease;

export type DockerfileRelease = Release & {
  readonly image: string;
  readonly project: DockerfileProject;
};

export type ComposeRelease = Release & { readonly project: ComposeProject };

/** A replica's place in a route, before there is a replica. */
export type Addressed = Pick<Replica, "service" | "index" | "address">;

export function isRunnable(release: Release): release is Runnable {
  return isDockerfile(release) || isCompose(release);
}

export function isDockerfile(release: Release): release is DockerfileRelease {
  return release.image !== null && release.project?.kind === "dockerfile";
}

export function isCompose(release: Release): release is ComposeRelease {
  return release.project?.kind === "compose" && hasImages(release.project);
}

function hasImages({ services, images }: ComposeProject): boolean {
  return services.every(({ name }) => images[name] !== undefined);
}

/** What names a release for good: the versions of an app that was removed begin anew. */
export function originOf({ version, createdAt }: Pick<Release, "version" | "createdAt">): string {
  return `v${version} of ${createdAt}`;
}

/** All images that a release needs, by id. */
export function imagesOf(release: Runnable): string[] {
  return isCompose(release) ? [...new Set(Object.values(release.project.images))] : [release.image];
}

/** A port that answers HTTP, and the service behind it: null for a Dockerfile's. */
interface Target {
  readonly service: string | null;
  readonly port: number;
  /** Domains that lead to this target alone. */
  readonly domains: readonly string[];
}

/** The first is where the app's own host names lead; none for an app without HTTP. */
function targetsOf(release: Pick<Runnable, "project" | "vars">): readonly Target[] {
  if (readWishes(release.vars).noHttp) {
    return [];
  }
  const { project } = release;
  if (project.kind === "compose") {
    return project.routes;
  }
  const { port } = project;
  return port === null ? [] : [{ service: null, port, domains: [] }];
}

/** False where no host name can lead to it. */
export function hasHttp(release: Pick<Runnable, "project" | "vars">): boolean {
  return targetsOf(release).length > 0;
}

/** The port on which a replica answers HTTP, or null. */
export function webPort(release: Runnable, service: string | null): number | null {
  return targetsOf(release).find((target) => target.service === service)?.port ?? null;
}

/** Services whose containers are replicas of the release. */
export function routedServices({ routes }: Pick<ComposeProject, "routes">): ReadonlySet<string> {
  return new Set(routes.map(({ service }: ServiceRoute) => service));
}

/** Replicas that the release should have. */
export function replicaCount(release: Runnable): number {
  if (!isCompose(release)) {
    return release.scale;
  }
  return [...routedServices(release.project)].reduce(
    (sum, service) => sum + scaleOf(release, service),
    0,
  );
}

/** Containers that a service should have. */
export function scaleOf(
  { project, vars }: Pick<ComposeRelease, "project" | "vars">,
  name: string,
): number {
  const { main, services } = readWishes(vars).scale;
  const isMain = name === mainService(project);
  const inFile = project.services.find((service) => service.name === name)?.replicas ?? 1;
  const asked = Object.hasOwn(services, name) ? services[name] : undefined;
  return asked ?? (isMain ? main : null) ?? inFile;
}

/** What is kept as the scale of a release: of the Dockerfile's containers, or of the main service's. */
export function mainScale(project: Project, vars: Release["vars"]): number {
  if (project.kind === "dockerfile") {
    return readWishes(vars).scale.main ?? 1;
  }
  const main = mainService(project);
  return main === null ? 1 : scaleOf({ project, vars }, main);
}

/** The service that `octo scale APP=2` means: the one that serves, or the only one. */
export function mainService({ routes, services }: ComposeProject): string | null {
  return routes[0]?.service ?? (services.length === 1 ? (services[0]?.name ?? null) : null);
}

export function replicaSpec(
  app: App,
  release: Pick<DockerfileRelease, "project" | "image" | "vars" | "version" | "createdAt">,
  index: number,
): ReplicaSpec {
  const { project } = release;
  return {
    app: app.id,
    version: release.version,
    origin: originOf(release),
    index,
    image: release.image,
    env: { CONTAINER_NAME: app.name, ...containerEnv(release.vars) },
    hostname: project.hostname ?? "",
    memoryLimit: readWishes(release.vars).memoryLimit,
    mounts: project.mounts,
    volumes: project.volumes.map(appVolume),
    published: project.published,
    links: project.links,
    volumesFrom: project.volumesFrom ? `${app.name}_data` : null,
    addName: project.addName,
  };
}

/** It cannot run twice at a time, not even for a moment: what has data and no HTTP is taken for a database. */
export function isAlone(release: DockerfileRelease): boolean {
  return release.project.volumes.length > 0 && !hasHttp(release);
}

/** How a replica proves itself. CUSTOM_CHECK is about what the app's own host names lead to. */
export function healthCheck(
  release: Runnable,
  service: string | null,
  deadlineMs: number,
): HealthCheck {
  const isMain = targetsOf(release)[0]?.service === service;
  return {
    port: webPort(release, service),
    portFrom: isCompose(release) ? "its compose file" : "the first EXPOSE of its Dockerfile",
    path: isMain ? readWishes(release.vars).check : null,
    host: release.domains[0] ?? "localhost",
    deadlineMs,
  };
}

/**
 * Null for an app without HTTP. Without replicas, the hosts say 503.
 * @param hosts all domains that lead to the release
 */
export function routeOf(
  release: Runnable,
  hosts: readonly string[],
  replicas: readonly Addressed[],
): Route | null {
  const [main, ...others] = targetsOf(release);
  if (main === undefined) {
    return null;
  }
  const wishes = readWishes(release.vars);
  const elsewhere = new Set(others.flatMap(({ domains }) => domains));
  const site = ({ service, port }: Target, domains: readonly string[]): Site => ({
    domains,
    backends: addressesOf(replicas, service).map((address) => ({ address, port })),
  });
  const has = new Set(hosts);
  const sites = [
    site(
      main,
      hosts.filter((domain) => !elsewhere.has(domain)),
    ),
    ...others.map((target) =>
      site(
        target,
        target.domains.filter((domain) => has.has(domain)),
      ),
    ),
  ];
  return {
    app: release.app,
    sites: sites.filter(({ domains }) => domains.length > 0),
    certificate: wishes.certificate,
    sslForced: wishes.sslForced,
    template: wishes.template,
  };
}

/** Where people find the release, by its hosts. */
export function urlsOf(
  release: Runnable,
  hosts: readonly string[],
  { http, https }: Pick<Settings, "http" | "https">,
): string[] {
  const isSecure = readWishes(release.vars).certificate !== null;
  const [scheme, port, usual] = isSecure ? ["https", https.port, 443] : ["http", http.port, 80];
  const suffix = port === usual ? "" : `:${port}`;
  return hosts.map((domain) => `${scheme}://${domain}${suffix}`);
}

/** What the catalogue tells of: the replicas behind the app's own host names. */
export function catalogServices(
  release: Runnable,
  replicas: readonly Addressed[],
): CatalogService[] {
  const [main] = targetsOf(release);
  if (main === undefined) {
    return [];
  }
  const wishes = readWishes(release.vars);
  return addressesOf(replicas, main.service).map((address) => ({
    address,
    port: main.port,
    tags: [release.vars["CONSUL_TAGS"] ?? "http"],
    check: wishes.check,
    interval: wishes.checkInterval,
  }));
}

function addressesOf(replicas: readonly Addressed[], service: string | null): string[] {
  return replicas
    .filter((replica) => replica.service === service)
    .toSorted((one, other) => one.index - other.index)
    .flatMap((replica) => (replica.address === null ? [] : [replica.address]));
}
