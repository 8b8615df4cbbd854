import { createHash, randomBytes } from "node:crypto";

/** The instance whose names in Docker carry no prefix. */
const plainInstance = "goku";

/** What Goku's things are called in Docker. */
export type Names = ReturnType<typeof createNames>;

export function createNames(instance: string) {
  const prefix = instance === plainInstance ? "" : `${instance}-`;
  const repository = (app: string) => prefix + app;
  const replica = (app: string, version: number, index: number) =>
    `${prefix}${app}.v${version}.${index}`;
  return {
    instance,
    /** Of an app's images: `blog-main`. */
    repository,
    /** `blog-main:v12` */
    image: (app: string, version: number) => `${repository(app)}:v${version}`,
    /** Of a compose service that is built: `blog-main/web:v12` */
    serviceImage: (app: string, service: string, version: number) =>
      `${repository(app)}/${imagePart(service)}:v${version}`,
    /** As docker compose calls a service's containers: `blog-main-web-1` */
    service: (app: string, service: string, number: number) =>
      `${repository(app)}-${service}-${number}`,
    /** Of a network or volume of a compose project: `blog-main_default` */
    resource: (app: string, name: string) => `${repository(app)}_${name}`,
    /** `blog-main.v12.1` */
    replica,
    /** The same for a second set of replicas of one release, as a restart makes them. */
    otherReplica: (app: string, version: number, index: number) =>
      `${replica(app, version, index)}-${suffix()}`,
    run: (app: string) => `${prefix}${app}.run-${suffix()}`,
    /** Of the `at`-th routed network, counted from 1: `goku`, `goku-2`. */
    network: (at: number) => numbered(instance, at),
    /** Of the `at`-th that services of projects are reached on: `goku-services`, `goku-services-2`. */
    serviceNetwork: (at: number) => numbered(`${instance}-services`, at),
    linkNetwork: (app: string) => `${instance}-${app}-links`,
    namespaceImage: `${instance}-namespace`,
    namespace: () => `${instance}-namespace-${suffix()}`,
  };
}

/** True for the networks that `network` and `serviceNetwork` name. */
export function isRoutedNetwork(instance: string, name: string): boolean {
  return [instance, `${instance}-services`].some(
    (first) =>
      name === first ||
      (name.startsWith(`${first}-`) && /^\d+$/.test(name.slice(first.length + 1))),
  );
}

function numbered(name: string, at: number): string {
  return at === 1 ? name : `${name}-${at}`;
}

/** Image names have small letters, and single marks between them; what is changed for it gets a hash. */
function imagePart(service: string): string {
  if (/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(service)) {
    return service;
  }
  const fitting = service
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  const hash = createHash("sha256").update(service).digest("hex").slice(0, 8);
  return [...(fitting === "" ? [] : [fitting]), hash].join("-");
}

function suffix(): string {
  return randomBytes(4).toString("hex");
}
