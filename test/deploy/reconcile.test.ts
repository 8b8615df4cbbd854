import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createCare } from "../../src/deploy/care/care.ts";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { keepRunning } from "../../src/deploy/story/keep-running.ts";
import type { Replica } from "../../src/ports.ts";
import { deferred } from "../../src/system/deferred.ts";
import { addRelease, replica, testWorld, type World } from "./test-parts.ts";
import { soon } from "../support/soon.ts";

const app = "blog-main";
const { signal } = new AbortController();

function change(world: World, id: string, to: Partial<Replica>): void {
  world.replicas.set(id, { ...replica(app, 1), ...world.replicas.get(id), ...to });
}

/** An app that is live and as it should be. */
async function liveWorld(scale = 1, failing = {}): Promise<World> {
  const world = testWorld(failing);
  addRelease(world, "live", { scale });
  await reconcile(world.parts, signal);
  return world;
}

function backends(world: World): string[] {
  return world.routes.get(app)?.sites[0]?.backends.map(({ address }) => address) ?? [];
}

describe("reconcile", () => {
  it("publishes a route that is missing, once, and then leaves everything alone", async () => {
    const world = await liveWorld();
    expect(backends(world)).toEqual(["10.0.1.1"]);
    await reconcile(world.parts, signal);
    expect(world.publishes()).toBe(1);
    expect([...world.replicas.keys()]).toEqual(["blog-main-1-1"]);
  });

  it("starts what died again, without touching the route", async () => {
    const world = await liveWorld(2);
    change(world, "blog-main-1-2", { running: false });
    await reconcile(world.parts, signal);
    expect(world.replicas.get("blog-main-1-2")?.running).toBe(true);
    expect(world.kept).toEqual(["blog-main-1-2"]);
    expect(world.publishes()).toBe(1);
  });

  it("leads nobody to an address that a dead one had, though no other could be started", async () => {
    const world = await liveWorld(2);
    world.replicas.delete("blog-main-1-2");
    const startReplica = async () => {
      throw new Error("the image is gone");
    };
    const parts = { ...world.parts, engine: { ...world.parts.engine, startReplica } };
    await reconcile(parts, signal);
    expect(backends(world)).toEqual(["10.0.1.1"]);
    world.replicas.clear();
    await reconcile(parts, signal);
    expect(backends(world)).toEqual([]);
    await reconcile(world.parts, signal);
    expect(backends(world)).toEqual(["10.0.1.1", "10.0.1.2"]);
  });

  it("leaves an app alone that went live while another was repaired", async () => {
    const world = await liveWorld();
    world.replicas.clear();
    const { apps } = world.parts.store;
    const startReplica: typeof world.parts.engine.startReplica = async (...all) => {
      apps.create("shop", "main");
      world.routes.set("shop-main", null);
      return world.parts.engine.startReplica(...all);
    };
    const parts = { ...world.parts, engine: { ...world.parts.engine, startReplica } };
    await reconcile(parts, signal);
    expect([...world.routes.keys()].sort()).toEqual([app, "shop-main"]);
  });

  it("tells Docker what to keep running that could not be told before, once", async () => {
    const told: string[] = [];
    let isAway = true;
    const keepReplica = async (id: string) => {
      if (isAway) {
        throw new Error("Docker does not answer");
      }
      told.push(id);
    };
    const world = await liveWorld(2, { engine: { keepReplica } });
    await keepRunning(world.parts, ["blog-main-1-1", "blog-main-1-2"]);
    await reconcile(world.parts, signal);
    expect(told).toEqual([]);
    isAway = false;
    await reconcile(world.parts, signal);
    await reconcile(world.parts, signal);
    expect(told.sort()).toEqual(["blog-main-1-1", "blog-main-1-2"]);
  });

  it("leaves to Docker what Docker is about to start again", async () => {
    const world = await liveWorld();
    change(world, "blog-main-1-1", { running: false, restarting: true });
    await reconcile(world.parts, signal);
    expect(world.kept).toEqual([]);
    expect([...world.replicas.keys()]).toEqual(["blog-main-1-1"]);
  });

  it("replaces what was removed, and the route follows", async () => {
    const world = await liveWorld(2);
    world.replicas.delete("blog-main-1-1");
    await reconcile(world.parts, signal);
    expect(new Set([...world.replicas.values()].map(({ index }) => index))).toEqual(
      new Set([1, 2]),
    );
    expect(world.kept).toEqual(["made-1"]);
  });

  it("puts back a route that leads elsewhere", async () => {
    const world = await liveWorld();
    const route = world.routes.get(app) ?? null;
    const elsewhere = [{ address: "10.0.9.9", port: 80 }];
    world.routes.set(
      app,
      route === null ? null : { ...route, sites: [{ domains: [], backends: elsewhere }] },
    );
    await reconcile(world.parts, signal);
    expect(backends(world)).toEqual(["10.0.1.1"]);
  });

  it("takes away candidates and routes that nothing live stands behind", async () => {
    const world = await liveWorld();
    addRelease(world, "failed");
    world.replicas.set("lost", { ...replica("gone-main", 1), id: "lost" });
    world.routes.set("gone-main", null);
    await reconcile(world.parts, signal);
    await soon(() => [...world.replicas.keys()]).toEqual(["blog-main-1-1"]);
    expect([...world.routes.keys()]).toEqual([app]);
    expect(world.publishes()).toBe(1);
  });

  it("leaves alone what is on its way out", async () => {
    const world = await liveWorld();
    const old = { ...replica(app, 0), id: "old" };
    world.replicas.set("old", old);
    world.parts.retiring.add("old");
    await reconcile(world.parts, signal);
    expect(world.replicas.has("old")).toBe(true);
    expect(world.publishes()).toBe(1);
  });

  it("keeps a stopped app stopped", async () => {
    const world = await liveWorld();
    world.parts.store.apps.setStopped(app, true);
    await reconcile(world.parts, signal);
    await soon(() => world.replicas.size).toBe(0);
    expect(backends(world)).toEqual([]);
    expect(world.routes.has(app)).toBe(true);
  });
});

describe("a repair that takes minutes", () => {
  /** The world in which Docker does not end its start of what died, until `end`. */
  async function hungWorld() {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const world = await liveWorld();
    change(world, "blog-main-1-1", { running: false });
    const hung = deferred<void>();
    let asked = 0;
    const restartReplica = (id: string) => {
      asked += 1;
      return hung.promise.then(() => world.parts.engine.restartReplica(id));
    };
    const parts = { ...world.parts, engine: { ...world.parts.engine, restartReplica } };
    return { world, parts, end: hung.resolve, fail: hung.reject, asked: () => asked };
  }

  it("keeps nobody else waiting: not the start, nor the next look, nor what else is to be put right", async () => {
    const { world, parts, end, asked } = await hungWorld();
    world.replicas.set("lost", { ...replica("gone-main", 1), id: "lost" });
    world.routes.set("gone-main", null);
    for (let look = 0; look < 2; look++) {
      const looking = reconcile(parts, signal);
      await vi.advanceTimersByTimeAsync(5_000);
      await looking;
    }
    expect(world.routes.has("gone-main")).toBe(false);
    expect(world.replicas.has("lost")).toBe(false);
    expect(asked()).toBe(1);
    end();
    await parts.queue.idle(app);
    expect(world.replicas.get("blog-main-1-1")?.running).toBe(true);
    expect(world.kept).toEqual(["blog-main-1-1"]);
  });

  it("keeps no other app's repair waiting for more than seconds, though all places are taken", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const world = await liveWorld();
    const { queue } = world.parts;
    const hung = deferred<void>();
    const repairs = ["a", "b", "c", "d"].map((id) =>
      queue.run(
        { app: id, title: "a repair", kind: "upkeep", report: silentReport, signal },
        () => hung.promise,
      ),
    );
    change(world, "blog-main-1-1", { running: false });
    const looking = reconcile(world.parts, signal);
    await vi.advanceTimersByTimeAsync(5_000);
    await looking;
    expect(world.replicas.get("blog-main-1-1")?.running).toBe(true);
    hung.resolve();
    await Promise.all(repairs);
  });

  it("is waited for as long as a quick one may take", async () => {
    const { parts, end } = await hungWorld();
    const looking = reconcile(parts, signal);
    await vi.advanceTimersByTimeAsync(4_000);
    end();
    await looking;
    expect(parts.queue.busy(app)).toBe(false);
  });

  it("is only logged where it fails in the end, and waited for by what comes for its app", async () => {
    const { world, parts, fail } = await hungWorld();
    const warn = vi.spyOn(parts.log, "warn");
    const startReplica = async () => {
      throw new Error("the image is gone");
    };
    Object.assign(parts.engine, { startReplica });
    const looking = reconcile(parts, signal);
    await vi.advanceTimersByTimeAsync(5_000);
    await looking;
    const job = { app, title: "a push", kind: "revision" as const, report: silentReport, signal };
    const push = parts.queue.run(job, async () => backends(world));
    expect(backends(world)).toEqual(["10.0.1.1"]);
    fail(new Error("no such mount"));
    expect(await push).toEqual([]);
    expect(warn).toHaveBeenCalledWith(expect.anything(), "could not repair the app");
  });

  it("may be the removal of what no app has", async () => {
    const { world, parts, end } = await hungWorld();
    change(world, "blog-main-1-1", { running: true });
    world.replicas.set("lost", { ...replica("gone-main", 1), id: "lost" });
    const removeReplica = () => parts.engine.restartReplica("lost");
    Object.assign(parts.engine, { removeReplica });
    const looking = reconcile(parts, signal);
    await vi.advanceTimersByTimeAsync(5_000);
    await looking;
    expect(parts.queue.busy("gone-main")).toBe(true);
    end();
    await parts.queue.idle("gone-main");
  });
});

describe("a repair during which Goku is stopped", () => {
  it("ends, and nobody is warned", async () => {
    const world = await liveWorld();
    world.replicas.clear();
    const begun = deferred<void>();
    const startReplica: typeof world.parts.engine.startReplica = (_, until) =>
      new Promise((_started, fail) => {
        until.addEventListener("abort", () => fail(new Error("docker start was cut off")));
        begun.resolve();
      });
    const parts = { ...world.parts, engine: { ...world.parts.engine, startReplica } };
    const warn = vi.spyOn(parts.log, "warn");
    const looking = reconcile(parts, signal);
    await begun.promise;
    await parts.queue.close();
    await looking;
    expect(backends(world)).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("care for one app", () => {
  it("makes one look of many events", async () => {
    let looks = 0;
    const world = testWorld();
    addRelease(world, "live");
    const engine = {
      ...world.parts.engine,
      listReplicas: (name?: string) => {
        looks++;
        return world.parts.engine.listReplicas(name);
      },
    };
    const care = createCare({ ...world.parts, engine });
    for (let event = 0; event < 20; event++) {
      care.look(app);
    }
    await soon(() => backends(world)).toEqual(["10.0.1.1"]);
    // The look itself, and the repair's own.
    expect(looks).toBe(2);
  });

  it("tries ever less often where it does not help", async () => {
    const tries: number[] = [];
    const world = await liveWorld();
    const startReplica = async () => {
      tries.push(performance.now());
      care.look(app);
      throw new Error("cannot be started");
    };
    const parts = { ...world.parts, engine: { ...world.parts.engine, startReplica } };
    const care = createCare(parts);
    world.replicas.clear();
    care.look(app);
    await soon(() => tries.length).toBe(4);
    const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(pauses[0]).toBeGreaterThan(200);
    expect(pauses[1]).toBeGreaterThan(450);
    expect(pauses[2]).toBeGreaterThan(950);
  });
});
