import { randomBytes } from "node:crypto";

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
    /** `blog-main.v12.1` */
    replica,
    /** The same for a second set of replicas of one release, as a restart makes them. */
    otherReplica: (app: string, version: number, index: number) =>
      `${replica(app, version, index)}-${suffix()}`,
    run: (app: string) => `${prefix}${app}.run-${suffix()}`,
    /** Of the `at`-th routed network, counted from 1: `goku`, `goku-2`. */
    network: (at: number) => (at === 1 ? instance : `${instance}-${at}`),
    linkNetwork: (app: string) => `${instance}-${app}-links`,
    namespaceImage: `${instance}-namespace`,
    namespace: () => `${instance}-namespace-${suffix()}`,
  };
}

function suffix(): string {
  return randomBytes(4).toString("hex");
}
