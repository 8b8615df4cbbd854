import { once } from "node:events";
import { createServer } from "node:net";
import { onTestFinished } from "vitest";
import type { App } from "../../../src/app.ts";
import type { Parts, Request } from "../../../src/deploy/parts.ts";
import { lineReport } from "../../../src/deploy/report.ts";
import { scaleOf } from "../../../src/deploy/plan/shape.ts";
import type { Composer, ServiceContainer, Trees, Volume } from "../../../src/compose-ports.ts";
import type { Replica } from "../../../src/ports.ts";
import { fingerprint } from "../../../src/project/compose/fingerprint.ts";
import type { ComposeProject } from "../../../src/project.ts";
import { stub } from "../../web/stub.ts";
import { composeProject, container, on, service } from "../compose-parts.ts";
import { testWorld } from "../test-parts.ts";

/** A server with one live release of a project, and what happened to it. */
export interface ProjectWorld {
  readonly parts: Parts;
  readonly app: App;
  readonly project: ComposeProject;
  /** By id. */
  readonly containers: Map<string, ServiceContainer>;
  readonly volumes: Volume[];
  /** `stop db`, `keep web`, `removeVolume data` in the order they came. */
  readonly acts: string[];
  /** Lines that whoever asks would read. */
  readonly lines: string[];
  readonly request: Request;
  set(id: string, change: Partial<ServiceContainer>): void;
  /** Ids of a service's containers. */
  idsOf(name: string): string[];
}

/** web (routed) and worker depend on db, which cannot have a twin; migrate is a job that is done. */
export const services = [
  service("web", { dependsOn: [on("db")] }),
  service("worker", { dependsOn: [on("db")] }),
  service("db", { noTwin: "it writes to the volume data" }),
  service("migrate", { runs: "until-done", keep: false }),
];

export interface ProjectWorldOptions {
  readonly vars?: Record<string, string>;
  readonly composer?: Partial<Composer>;
  readonly project?: Partial<ComposeProject>;
}

export async function projectWorld(options: ProjectWorldOptions = {}): Promise<ProjectWorld> {
  const port = await openPort();
  const vars = options.vars ?? {};
  const project = composeProject(services, {
    routes: [{ service: "web", port, domains: [] }],
    ...options.project,
  });
  const containers = new Map<string, ServiceContainer>();
  const volumes: Volume[] = [];
  const acts: string[] = [];
  const lines: string[] = [];
  let made = 0;
  const set = (id: string, change: Partial<ServiceContainer>) => {
    const one = containers.get(id);
    if (one !== undefined) {
      containers.set(id, { ...one, ...change });
    }
  };
  const of = (app?: string) =>
    [...containers.values()].filter((one) => app === undefined || one.app === app);
  const composer: Partial<Composer> = {
    listServices: async (app) => of(app),
    hideNames: async () => undefined,
    showNames: async () => undefined,
    lendNames: async () => undefined,
    create: async ({ wanted, version }) => {
      const fresh = wanted.flatMap(({ service: name, count, fingerprint: print, routed }) =>
        Array.from({ length: count }, () =>
          container(`${name}-new-${++made}`, {
            app: app.id,
            service: name,
            fingerprint: print,
            version: routed ? version : null,
            address: routed ? "127.0.0.1" : null,
            state: "created",
          }),
        ),
      );
      fresh.forEach((one) => containers.set(one.id, one));
      return { containers: fresh, networks: [], volumes: [] };
    },
    startService: async ({ id, service: name }) =>
      set(id, { state: name === "migrate" ? "exited" : "running" }),
    listVolumes: async (name) => volumes.filter((volume) => volume.name.startsWith(`${name}_`)),
    removeVolume: async (name) => void acts.push(`removeVolume ${name}`),
    removeUnusedNetworks: async (name) => void acts.push(`removeUnusedNetworks ${name}`),
    uncreate: async () => undefined,
    ...options.composer,
  };
  const world = testWorld({
    composer,
    engine: {
      listReplicas: async (name) => of(name).flatMap(asReplica),
      inspectReplica: async (id) => {
        const state = containers.get(id)?.state;
        return {
          running: state === "running",
          restarting: state === "restarting",
          exitCode: 0,
          oomKilled: false,
          restarts: 0,
          hasHealthcheck: false,
        };
      },
      keepReplica: async (id) => void acts.push(`keep ${id}`),
      stopReplica: async (id) => {
        acts.push(`stop ${id}`);
        set(id, { state: "exited" });
      },
      removeReplica: async (id) => {
        acts.push(`remove ${id}`);
        containers.delete(id);
      },
    },
    router: {
      drained: async ({ address }) => {
        acts.push(`drained ${address}`);
        return true;
      },
      forget: async (name) => void acts.push(`forget ${name}`),
    },
    repositories: { removeRef: async () => undefined },
  });
  const trees = stub<Trees>("trees", {
    isPlaced: async () => true,
    removeAll: async (name, kept) => void acts.push(`removeTrees ${name} ${kept}`),
  });
  const parts: Parts = { ...world.parts, trees };
  const { apps, releases } = parts.store;
  apps.setDefaultBranch("shop", "main");
  const app = apps.create("shop", "main");
  const pushed = { app: app.id, commit: "c".repeat(40), door: "push", by: "ann" } as const;
  releases.create({ ...pushed, reason: "push" });
  releases.update(app.id, 1, { project, vars, domains: ["shop.goku.test"], scale: 1 });
  releases.goLive(app.id, 1);
  await parts.vars.change("shop", { set: vars, remove: [] });
  for (const { name } of project.services) {
    const count = scaleOf({ project, vars }, name);
    for (let index = 1; index <= count; index++) {
      const id = `${name}-${index}`;
      const isRouted = project.routes.some((route) => route.service === name);
      containers.set(
        id,
        container(id, {
          service: name,
          fingerprint: fingerprint(project, name),
          version: isRouted ? 1 : null,
          address: isRouted ? "127.0.0.1" : null,
          state: name === "migrate" ? "exited" : "running",
        }),
      );
    }
  }
  const request: Request = {
    by: "ann",
    byAdmin: false,
    report: lineReport((line) => lines.push(line)),
    signal: new AbortController().signal,
  };
  const idsOf = (name: string) => of().flatMap((one) => (one.service === name ? [one.id] : []));
  return { parts, app, project, containers, volumes, acts, lines, request, set, idsOf };
}

/** The routed ones. */
function asReplica(one: ServiceContainer): Replica[] {
  const { id, name, app, service: of, version, image, address, state, createdAt } = one;
  const [running, restarting] = [state === "running", state === "restarting"];
  return version === null
    ? []
    : [
        {
          id,
          name,
          app,
          service: of,
          version,
          image,
          address,
          createdAt,
          running,
          restarting,
          index: 1,
        },
      ];
}

/** Routed containers are well: they are this process, on a port that accepts. */
async function openPort(): Promise<number> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
