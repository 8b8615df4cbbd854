import { rmSync } from "node:fs";
import { onTestFinished } from "vitest";
import { createBackground } from "../../src/deploy/background.ts";
import { createCrashes } from "../../src/deploy/crashes.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import { createQueue } from "../../src/deploy/queue.ts";
import type { Composer, Trees } from "../../src/compose-ports.ts";
import type { Engine, Replica, Repositories, Router } from "../../src/ports.ts";
import type { NewRelease } from "../../src/store-ports.ts";
import type { DockerfileProject } from "../../src/project.ts";
import type { Route } from "../../src/route.ts";
import type { Settings } from "../../src/settings/settings.ts";
import { emptyStore } from "../store/open.ts";
import { memoryVars } from "../web/memory-vars.ts";
import { stub } from "../web/stub.ts";
import { silentLog } from "../support/silent-log.ts";
import { quickFolder } from "../support/quick-folder.ts";

/** What is outside, as the parts under test left it. */
export interface World {
  readonly parts: Parts;
  /** By id. */
  readonly replicas: Map<string, Replica>;
  /** Published routes, by app. */
  readonly routes: Map<string, Route | null>;
  /** Ids the engine was told to start again when they die. */
  readonly kept: string[];
  /** Refs of repositories: `blog refs/heads/main`. */
  readonly refs: Map<string, string>;
  /** How often routes changed. */
  publishes(): number;
}

export interface Failing {
  readonly engine?: Partial<Engine>;
  readonly composer?: Partial<Composer>;
  readonly router?: Partial<Router>;
  readonly repositories?: Partial<Repositories>;
}

export const project: DockerfileProject = {
  kind: "dockerfile",
  dockerfile: "Dockerfile",
  port: 80,
  exposed: [80],
  baseImages: [],
  needsCli: false,
  ignore: null,
  submodules: false,
  domains: [],
  hostname: null,
  release: null,
  addName: false,
  volumesFrom: false,
  mounts: [],
  volumes: [],
  published: [],
  links: [],
  buildArgs: [],
  buildSecrets: [],
  notes: [],
};

/** Real store, queue and background; Docker, nginx and git are maps. */
export function testWorld(failing: Failing = {}): World {
  const data = quickFolder("goku-deploy-");
  onTestFinished(() => rmSync(data, { recursive: true }));
  const replicas = new Map<string, Replica>();
  const routes = new Map<string, Route | null>();
  const refs = new Map<string, string>();
  const kept: string[] = [];
  let publishes = 0;
  let made = 0;

  const engine = stub<Engine>("engine", {
    ping: async () => undefined,
    start: async () => undefined,
    hasImage: async () => true,
    listReplicas: async (app) =>
      [...replicas.values()].filter((one) => app === undefined || one.app === app),
    startReplica: async ({ app, version, index, image }) => {
      const fresh = { ...replica(app, version, index), image, id: `made-${++made}` };
      replicas.set(fresh.id, fresh);
      return fresh;
    },
    checkNeeds: async () => undefined,
    keepReplica: async (id) => void kept.push(id),
    restartReplica: async (id) => {
      const dead = replicas.get(id);
      if (dead !== undefined) {
        replicas.set(id, { ...dead, running: true });
      }
    },
    stopReplica: async () => undefined,
    removeReplica: async (id) => void replicas.delete(id),
    pruneImages: async () => true,
    ...failing.engine,
  });
  const composer = stub<Composer>("composer", {
    listServices: async () => [],
    describeImage: async (id) => ({ id, ports: [], volumes: [] }),
    listVolumes: async () => [],
    volumesMadeFor: async () => [],
    removeUnusedNetworks: async () => undefined,
    ...failing.composer,
  });
  // A route stands for its text.
  const prepared = new Map<object, Route>();
  const router = stub<Router>("router", {
    announce: async () => undefined,
    prepare: async (route) => {
      const one = { app: route.app, text: JSON.stringify(route) };
      prepared.set(one, route);
      return one;
    },
    publish: async (all) => {
      publishes++;
      all.forEach((one) => routes.set(one.app, prepared.get(one) ?? null));
    },
    remove: async (app) => void routes.delete(app),
    forget: async () => undefined,
    published: async () => [...routes.keys()],
    isPublished: async (app, route) =>
      JSON.stringify(routes.get(app) ?? null) === JSON.stringify(route),
    drained: async () => true,
    ...failing.router,
  });
  const repositories = stub<Repositories>("repositories", {
    tip: async (repository, ref) => refs.get(`${repository} ${ref}`) ?? null,
    moveRef: async (repository, ref, commit, previous) => {
      const key = `${repository} ${ref}`;
      if ((refs.get(key) ?? null) !== previous) {
        return false;
      }
      refs.set(key, commit);
      return true;
    },
    ...failing.repositories,
  });
  const background = createBackground(silentLog());
  onTestFinished(() => background.close());
  const parts: Parts = {
    engine,
    composer,
    trees: stub<Trees>("trees", { prune: async () => undefined }),
    router,
    repositories,
    vars: memoryVars(),
    catalog: { register: async () => undefined, deregister: async () => undefined },
    store: emptyStore(),
    settings: stub<Settings>("settings", {
      data,
      domain: "goku.test",
      // Longer than this process may have to wait for its own answers on a busy machine.
      deadlineMs: 60_000,
      drainMs: 0,
      stopMs: 0,
      ...listening,
      policy: "lenient",
      instance: "goku",
      keepImages: 5,
      keepReleases: 50,
    }),
    log: silentLog(),
    queue: createQueue(2),
    background,
    retiring: new Set(),
    unkept: new Set(),
    crashes: createCrashes(),
  };
  return { parts, replicas, routes, kept, refs, publishes: () => publishes };
}

/** Where Goku and what belongs to it listens. */
export const listening = {
  http: { host: "0.0.0.0", port: 80 },
  https: { host: "0.0.0.0", port: 443 },
  web: { host: "127.0.0.1", port: 7000 },
  ssh: { host: "0.0.0.0", port: 2222 },
  consul: "http://127.0.0.1:8500",
};

export function replica(app: string, version: number, index = 1): Replica {
  return {
    id: `${app}-${version}-${index}`,
    name: `${app}.v${version}.${index}`,
    app,
    service: null,
    version,
    index,
    image: `sha256:${version}`,
    address: `10.0.${version}.${index}`,
    running: true,
    restarting: false,
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

/** Records the next release of `blog-main`, with its replicas running. @returns its version */
export function addRelease(
  world: World,
  status: "building" | "publishing" | "live" | "failed",
  more: Partial<NewRelease> = {},
): number {
  const { apps, releases } = world.parts.store;
  apps.setDefaultBranch("blog", "main");
  const app = apps.create("blog", "main");
  const { version } = releases.create({
    app: app.id,
    commit: "c".repeat(40),
    door: "push",
    by: "ann",
    reason: "push",
    ...more,
  });
  releases.update(app.id, version, {
    image: `sha256:${version}`,
    project,
    vars: more.vars ?? {},
    domains: ["blog.goku.test"],
    scale: more.scale ?? 1,
  });
  for (let index = 1; index <= (more.scale ?? 1); index++) {
    const one = replica(app.id, version, index);
    world.replicas.set(one.id, one);
  }
  if (status === "live") {
    releases.goLive(app.id, version);
    apps.setCleared(app.id, version);
  } else {
    releases.update(app.id, version, { status });
  }
  return version;
}
