import { describe, expect, it } from "vitest";
import { scale } from "../../../src/deploy/verbs/scale.ts";
import type { Scale } from "../../../src/deploy/plan/scale.ts";
import { consulUnavailable } from "../../../src/errors.ts";
import { askedInPlace } from "../../../src/project/compose/services.ts";
import { addRelease, testWorld } from "../test-parts.ts";
import { composeProject, service } from "../compose-parts.ts";
import { projectWorld } from "./project-world.ts";

const only = (services: Record<string, number>): Scale => ({ main: null, services });

describe("octo scale of a project", () => {
  it("makes more of the service that is named, and leaves the others alone", async () => {
    const world = await projectWorld();
    const scaled = await scale(world.parts, world.app, only({ worker: 3 }), world.request);
    expect(scaled).toMatchObject({
      changed: true,
      release: { version: 2, reason: "scale to 3 of worker" },
    });
    expect(scaled.services).toEqual({ web: 1, worker: 3, db: 1, migrate: 1 });
    expect(await world.parts.vars.read("shop")).toEqual({ CONTAINERS: "worker=3" });
    expect(world.idsOf("worker")).toHaveLength(3);
    expect(world.idsOf("worker")).toContain("worker-1");
    expect(world.idsOf("db")).toEqual(["db-1"]);
  });

  it("takes nothing down where Consul goes away meanwhile", async () => {
    const world = await projectWorld();
    // So that the database is to be replaced in its place.
    world.set("db-1", { fingerprint: "as it was" });
    const { vars } = world.parts;
    let looks = 0;
    const read: typeof vars.read = async (name) => {
      if (++looks > 1) {
        throw consulUnavailable("http://127.0.0.1:8500", new Error("nobody listens"));
      }
      return vars.read(name);
    };
    const parts = { ...world.parts, vars: { ...vars, read } };
    await expect(scale(parts, world.app, only({ worker: 3 }), world.request)).rejects.toMatchObject(
      { code: "unavailable" },
    );
    expect(world.acts).not.toContain("stop db-1");
    expect(world.idsOf("db")).toEqual(["db-1"]);
  });

  it.each<[string | undefined, Scale, string]>([
    [undefined, { main: 2, services: {} }, "2"],
    ["worker=2", { main: 2, services: {} }, "2 worker=2"],
    ["2 worker=2", only({ worker: 3 }), "2 worker=3"],
    // The service that serves is meant by its name as well.
    ["3 worker=2", only({ web: 2 }), "2 worker=2"],
    ["web=4", { main: 2, services: { worker: 2 } }, "2 worker=2"],
    // What somebody set by hand and cannot be followed is put right.
    ["lots", only({ worker: 2 }), "worker=2"],
  ])("CONTAINERS %j and %j are %j", async (before, wish, after) => {
    const world = await projectWorld();
    world.parts.store.apps.setStopped(world.app.id, true);
    if (before !== undefined) {
      await world.parts.vars.change("shop", { set: { CONTAINERS: before }, remove: [] });
    }
    await scale(world.parts, world.app, wish, world.request);
    expect(await world.parts.vars.read("shop")).toEqual({ CONTAINERS: after });
    expect(world.lines.join()).toContain("once it starts: octo start shop");
  });

  it.each([
    ["it writes to the volume data", 1, "one container"],
    ["it publishes port 5432 of the server", 2, "2 containers"],
  ])("refuses more of a service than its file says can run: %s", async (noTwin, replicas, said) => {
    const project = composeProject([service("web"), service("db", { noTwin, replicas })]);
    const world = await projectWorld({ project: { services: project.services } });
    await expect(
      scale(world.parts, world.app, only({ db: 3 }), world.request),
    ).rejects.toMatchObject({
      message: `db runs in ${said}, since ${noTwin}, and is set to 3.`,
      hint: `Set its scale: octo scale shop db=${replicas}. If more of them may run at once, say so in compose.yaml: deploy: {replicas: 3}`,
    });
    expect(await world.parts.vars.read("shop")).toEqual({});
    expect(world.idsOf("db")).toHaveLength(replicas);
  });

  it("makes more of a service that is replaced in place because its file asks for it", async () => {
    const services = [service("web"), service("worker", { noTwin: askedInPlace })];
    const world = await projectWorld({ project: { services } });
    const scaled = await scale(world.parts, world.app, only({ worker: 2 }), world.request);
    expect(scaled.services).toEqual({ web: 1, worker: 2 });
  });

  it("changes nothing when it has so many already", async () => {
    const world = await projectWorld({ vars: { CONTAINERS: "worker=2" } });
    const scaled = await scale(world.parts, world.app, only({ worker: 2 }), world.request);
    expect(scaled).toMatchObject({ changed: false, release: { version: 1 } });
  });

  it("refuses a service that there is not, and names the nearest", async () => {
    const world = await projectWorld();
    const asked = scale(world.parts, world.app, only({ wroker: 2 }), world.request);
    await expect(asked).rejects.toMatchObject({
      message: 'shop has no service "wroker".',
      hint: "Did you mean worker?",
    });
    expect(await world.parts.vars.read("shop")).toEqual({});
  });

  it("wants a name where none of several services serves", async () => {
    const world = await projectWorld({ project: { routes: [] } });
    const asked = scale(world.parts, world.app, { main: 2, services: {} }, world.request);
    await expect(asked).rejects.toMatchObject({ hint: "For example: octo scale shop web=2" });
  });

  it("means the only service by no name", async () => {
    const project = composeProject([service("beat")], { routes: [] });
    const world = await projectWorld({ project });
    const { services } = await scale(
      world.parts,
      world.app,
      { main: 2, services: {} },
      world.request,
    );
    expect(services).toEqual({ beat: 2 });
  });
});

it("of a Dockerfile's app refuses services", async () => {
  const world = testWorld();
  addRelease(world, "live");
  const app = world.parts.store.apps.all()[0];
  const { request } = await projectWorld();
  if (app === undefined) {
    throw new Error("no app");
  }
  const asked = scale(world.parts, app, only({ worker: 2 }), request);
  await expect(asked).rejects.toThrow("blog has no services: it is made from a Dockerfile");
});
