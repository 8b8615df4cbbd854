import { describe, expect, it } from "vitest";
import { reconcileApp } from "../../src/deploy/care/reconcile.ts";
import { planLines, planServices } from "../../src/deploy/plan/service-plan.ts";
import { retireServices } from "../../src/deploy/services/retire-services.ts";
import { rollback } from "../../src/deploy/verbs/rollback.ts";
import type { Composer, ServiceContainer } from "../../src/compose-ports.ts";
import type { ComposeProject } from "../../src/project.ts";
import type { DefinitionPart, Service } from "../../src/service.ts";
import { deferred } from "../../src/system/deferred.ts";
import { clock } from "../support/clock.ts";
import { soon } from "../support/soon.ts";
import { composeProject, container, service } from "./compose-parts.ts";
import { projectWorld, type ProjectWorld } from "./verbs/project-world.ts";

const noTwin = "it writes to the volume data";
const mount = (source: string, more: DefinitionPart = {}) => ({
  type: "volume",
  source,
  target: "/data",
  ...more,
});

/** A project of web and these services, with what each mounts. */
function projectOf(
  services: readonly Service[],
  volumes: Readonly<Record<string, readonly DefinitionPart[]>>,
): ComposeProject {
  const plain = composeProject([service("web"), ...services]);
  const mounting = Object.entries(volumes).map(([name, mounts]) => [name, { volumes: mounts }]);
  return {
    ...plain,
    definition: {
      ...plain.definition,
      services: { ...plain.definition.services, ...Object.fromEntries(mounting) },
      volumes: {
        data: { "x-goku-name": "data" },
        named: { external: true, name: "given" },
      },
    },
  };
}

/** A database on the volume `data` by this name. */
const databaseOf = (name: string) =>
  projectOf([service(name, { noTwin })], { [name]: [mount("data")] });

const old = container("db-1", { service: "db", writes: ["gkt-1-shop-main_data"] });

describe("a plan", () => {
  const replacedBy = (project: ComposeProject, containers = [old]) =>
    Object.fromEntries(
      planServices({ project, vars: {}, version: 2 }, containers).create.map((each) => [
        each.service,
        each.replaces.map(({ id }) => id),
      ]),
    );

  it("puts a database that the file calls by another name in the place of the old one", () => {
    const project = databaseOf("database");
    const release = { project, vars: {}, version: 2 };
    const plan = planServices(release, [old]);
    expect(replacedBy(project)).toEqual({ web: [], database: ["db-1"] });
    expect(plan.leave).toEqual([old]);
    expect(planLines(release, plan).map(({ text }) => text)).toEqual([
      "web: started",
      `database: takes the place of db, last, since ${noTwin}`,
      "db: no longer in the file, goes last; its volumes stay",
    ]);
  });

  it("knows an external volume by its own name, and a folder of the server by its path", () => {
    const shared = [mount("named"), mount("/srv/it$$s", { type: "bind" })];
    const project = projectOf([service("database", { noTwin })], { database: shared });
    const writing = (...writes: string[]) => [{ ...old, writes }];
    expect(replacedBy(project, writing("given")).database).toEqual(["db-1"]);
    expect(replacedBy(project, writing("/srv/it$s")).database).toEqual(["db-1"]);
    expect(replacedBy(project, writing("gkt-1-shop-main_named", "/srv")).database).toEqual([]);
  });

  it.each<[string, ComposeProject, readonly (typeof old)[]]>([
    ["has other data", databaseOf("database"), [{ ...old, writes: ["shop-main_other"] }]],
    ["stands still", databaseOf("database"), [{ ...old, state: "exited" }]],
    ["serves", databaseOf("database"), [{ ...old, version: 1 }]],
    [
      "is taken over by code of the project's own",
      projectOf([service("database")], { database: [mount("data")] }),
      [old],
    ],
    [
      "is only read by the new one",
      projectOf([service("database", { noTwin })], {
        database: [mount("data", { read_only: true })],
      }),
      [old],
    ],
    [
      "shares it still, in its next form",
      projectOf([service("database", { noTwin }), service("db", { noTwin })], {
        database: [mount("data")],
        db: [mount("data")],
      }),
      [old],
    ],
  ])("stops nothing that %s", (_, project, containers) => {
    expect(replacedBy(project, [...containers]).database).toEqual([]);
  });

  it("gives what a service lets go of to the one that has it now", () => {
    const project = projectOf([service("database", { noTwin }), service("db")], {
      database: [mount("data")],
    });
    expect(replacedBy(project)).toEqual({ web: [], database: ["db-1"], db: [] });
  });
});

/** v1 had `database` on the volume data; v2, which is live, has `first` of it. v1 is there to go back to. */
async function shopWith(
  first: ComposeProject,
  composer: Partial<Composer> = {},
): Promise<ProjectWorld> {
  const { definition, images, services } = first;
  const world = await projectWorld({ project: { definition, images, services }, composer });
  const { releases } = world.parts.store;
  const { app } = world;
  const before = databaseOf("database");
  const { routes } = world.project;
  const pushed = { app: app.id, commit: "d".repeat(40), door: "push", by: "ann" } as const;
  const live = releases.find(app.id, 1);
  releases.update(app.id, 1, { project: { ...before, routes } });
  releases.create({ ...pushed, reason: "push" });
  releases.update(app.id, 2, { project: live?.project ?? null, domains: live?.domains ?? [] });
  releases.goLive(app.id, 2);
  world.set("web-1", { version: 2 });
  world.set("db-1", { writes: ["shop-main_data"] });
  return world;
}

const back = ({ parts, app, request }: ProjectWorld, engine = parts.engine) =>
  rollback(
    { ...parts, engine, settings: { ...parts.settings, deadlineMs: 5_000 } },
    app,
    1,
    request,
  );

/** Replaces v1, the release to go back to. */
function goBackTo(
  { parts, app, project: { routes } }: ProjectWorld,
  project: ComposeProject,
): void {
  parts.store.releases.update(app.id, 1, { project: { ...project, routes } });
}

async function webFails({ service: name }: ServiceContainer): Promise<void> {
  if (name === "web") {
    throw new Error("web cannot start");
  }
}

describe("a database that has another name in the next release", () => {
  it("ends before the new one starts, and is found by the new name until then", async () => {
    const order: string[] = [];
    const world: ProjectWorld = await shopWith(databaseOf("db"), {
      lendNames: async (containers) =>
        void order.push(...containers.map(({ id, service: as }) => `${id} is ${as}`)),
      async startService({ id, service: name }) {
        order.push(`start ${name} beside ${world.containers.get("db-1")?.state}`);
        world.set(id, { state: "running" });
      },
    });
    await back(world);
    expect(order).toEqual([
      "db-1 is database",
      "start web beside running",
      "start database beside exited",
    ]);
    expect(world.parts.store.releases.live(world.app.id)?.version).toBe(3);
    await soon(() => [...world.containers.keys()]).not.toContain("db-1");
  });

  it("answers to its own names alone where web does not come up", async () => {
    const known = new Map<string, string[]>();
    const world: ProjectWorld = await shopWith(databaseOf("db"), {
      lendNames: async (containers) =>
        containers.forEach(({ id, service: as }) => known.set(id, [...(known.get(id) ?? []), as])),
      showNames: async (containers) =>
        containers.forEach(({ id, service: as }) => {
          known.set(id, [as]);
          world.acts.push(`name ${id}`);
        }),
      leaveNetworks: async () => undefined,
      startService: async (one) => {
        expect(known.get("db-1")).toEqual(["database"]);
        await webFails(one);
      },
    });
    await expect(back(world)).rejects.toThrow("web cannot start");
    expect(known.get("db-1")).toEqual(["db"]);
    const named = world.acts.indexOf("name db-1");
    expect(named).toBeGreaterThan(-1);
    // Whoever is killed before that leaves something to repair.
    expect(world.acts.findIndex((act) => act.startsWith("remove web-"))).toBeGreaterThan(named);
  });

  it("answers to its own names alone where Goku was killed while it made room", async () => {
    const named: string[] = [];
    const world: ProjectWorld = await shopWith(databaseOf("db"), {
      showNames: async (containers) => void named.push(...containers.map(({ id }) => id)),
      leaveNetworks: async (containers) => void named.push(...containers.map(({ id }) => id)),
    });
    world.set("db-1", { state: "exited" });
    const web = container("web-new", { service: "web", version: 3, address: "127.0.0.1" });
    world.containers.set(web.id, web);
    await reconcileApp(world.parts, world.app, world.request.signal);
    expect(world.containers.get("db-1")?.state).toBe("running");
    expect(named.filter((id) => id === "db-1")).toHaveLength(2);
  });

  it("gets two names one after the other where two have its data, and others theirs at once", async () => {
    const calls: string[] = [];
    const cache = service("cache", { noTwin });
    const before = projectOf([service("db", { noTwin }), cache], { db: [mount("data")] });
    const next = projectOf([service("one", { noTwin }), service("two", { noTwin }), cache], {
      one: [mount("data")],
      two: [mount("data")],
    });
    const world = await shopWith(before, {
      lendNames: async (containers) =>
        void calls.push(containers.map(({ id, service: as }) => `${id} is ${as}`).join()),
      startService: webFails,
    });
    goBackTo(world, next);
    world.set("cache-1", { fingerprint: "of another file" });
    await expect(back(world)).rejects.toThrow("web cannot start");
    expect(calls).toEqual(["db-1 is one,cache-1 is cache", "db-1 is two"]);
  });

  it.each<[string, string, Service["runs"], boolean]>([
    ["has another name, and may end now", "database", "always", true],
    ["may end now", "db", "always", true],
    ["might end before", "database", "until-done", false],
  ])("that %s: Docker is told to leave it stopped, or need not be", async (_, name, runs, told) => {
    const before = projectOf([service("db", { noTwin, runs })], { db: [mount("data")] });
    const world = await shopWith(before);
    const now = service(name, { noTwin, runs: "until-done" });
    goBackTo(world, projectOf([now], { [name]: [mount("data")] }));
    world.set("db-1", { fingerprint: "of another file" });
    const { engine } = world.parts;
    const stopReplica: typeof engine.stopReplica = async (id, graceMs) => {
      await engine.stopReplica(id, graceMs);
      throw new Error(`${id} is stopped`);
    };
    await expect(back(world, { ...engine, stopReplica })).rejects.toThrow("db-1 is stopped");
    const untilThen = world.acts.slice(0, world.acts.indexOf("stop db-1"));
    expect(untilThen.includes("keep db-1")).toBe(told);
  });

  it("runs again where the new one fails, once that has ended as databases do", async () => {
    const { pass } = clock();
    const world = await shopWith(databaseOf("db"));
    const { engine } = world.parts;
    const failing = {
      ...engine,
      async inspectReplica(id: string) {
        const state = await engine.inspectReplica(id);
        pass(1_000);
        return state && world.idsOf("database").includes(id)
          ? { ...state, running: false, exitCode: 3 }
          : state;
      },
      logs: async function* () {},
    };
    await expect(back(world, failing)).rejects.toMatchObject({ code: "unhealthy" });
    const [stopOld, stopNew, removeNew] = ["stop db-1", "stop database-", "remove database-"].map(
      (act) => world.acts.findIndex((each) => each.startsWith(act)),
    );
    expect(stopOld).toBeGreaterThan(-1);
    expect(stopNew).toBeGreaterThan(stopOld ?? 0);
    expect(removeNew).toBeGreaterThan(stopNew ?? 0);
    expect(world.containers.get("db-1")?.state).toBe("running");
    expect(world.parts.store.releases.live(world.app.id)?.version).toBe(2);
  });

  it("is repaired only once what a deploy left has let go of the data", async () => {
    const order: string[] = [];
    const world: ProjectWorld = await shopWith(databaseOf("db"), {
      startService: async ({ id }) => {
        order.push(`start ${id} beside ${world.containers.get("left")?.state}`);
        world.set(id, { state: "running" });
      },
    });
    world.set("db-1", { state: "exited" });
    const left = { service: "database", writes: ["shop-main_data"] };
    world.containers.set("left", container("left", left));
    await reconcileApp(world.parts, world.app, world.request.signal);
    expect(order).toEqual(["start db-1 beside exited"]);
  });
});

it("a deploy that starts a database again stops first what another has left on its data", async () => {
  const order: string[] = [];
  const world: ProjectWorld = await shopWith(databaseOf("db"), {
    startService: async ({ id, service: name }) => {
      order.push(`start ${name} beside ${world.containers.get("left")?.state}`);
      world.set(id, { state: "running" });
    },
  });
  world.set("db-1", { state: "exited" });
  const left = { service: "database", writes: ["shop-main_data"], fingerprint: "of a cut-off one" };
  world.containers.set("left", container("left", left));
  const { releases } = world.parts.store;
  releases.update(world.app.id, 1, { project: releases.find(world.app.id, 2)?.project ?? null });
  await back(world);
  expect(order).toContain("start db beside exited");
});

it("a rollback that brings a database back waits until the one on its way out has ended", async () => {
  const { pass } = clock();
  const drained = deferred<boolean>();
  const states: (string | undefined)[] = [];
  const world: ProjectWorld = await shopWith(projectOf([], {}), {
    async startService({ id }) {
      states.push(world.containers.get("db-1")?.state);
      world.set(id, { state: "running" });
    },
  });
  const db = container("db-1", { service: "database", writes: ["shop-main_data"] });
  world.containers.set(db.id, db);
  const web = container("web-old", { service: "web", version: 1, address: "10.0.0.9" });
  world.containers.set(web.id, web);
  const { router } = world.parts;
  const parts = { ...world.parts, router: { ...router, drained: () => drained.promise } };
  const retiring = retireServices(parts, world.app, [web, db], world.request.signal);
  const rolledBack = back(world);
  await soon(() => world.lines.join()).toMatch(/Waiting for the old database to end/);
  expect(states).toEqual([]);
  drained.resolve(true);
  await retiring;
  await soon(() => states.length).toBe(2);
  pass(1_000);
  await rolledBack;
  expect(states).toEqual([undefined, undefined]);
});
