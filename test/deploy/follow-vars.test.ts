import { EventEmitter, on } from "node:events";
import { describe, expect, it } from "vitest";
import type { Background } from "../../src/deploy/background.ts";
import { watchVars } from "../../src/deploy/care/follow-vars.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { cancelled, consulUnavailable, dockerUnavailable, nginxFailed } from "../../src/errors.ts";
import { deferred } from "../../src/system/deferred.ts";
import { servingApp as app, servingWorld } from "./serving-world.ts";
import type { Failing } from "./test-parts.ts";
import { soon } from "../support/soon.ts";

/** Somebody changes a var in Consul, and the change is told. */
async function watched(failing: Failing = {}) {
  const away = { Docker: false, Consul: false };
  let looks = 0;
  const ping = async () => {
    looks++;
    if (away.Docker) {
      throw dockerUnavailable(new Error("nobody listens"));
    }
  };
  const world = await servingWorld({ ...failing, engine: { ping, ...failing.engine } });
  const told = new EventEmitter();
  const followed: string[] = [];
  const vars: typeof world.parts.vars = {
    ...world.parts.vars,
    async read(name) {
      if (away.Consul) {
        throw consulUnavailable("http://127.0.0.1:8500", new Error("nobody listens"));
      }
      return world.parts.vars.read(name);
    },
    async *watch(signal) {
      for await (const [color] of on(told, "change", { signal })) {
        yield { app: "blog", followed: () => void followed.push(String(color)) };
      }
    },
  };
  /** One for each change. */
  const rollouts: Promise<void>[] = [];
  const background: Background = {
    ...world.parts.background,
    start: (what, work) =>
      world.parts.background.start(what, (signal) => {
        const ended = work(signal);
        if (what.startsWith("rolling out")) {
          rollouts.push(ended);
        }
        return ended;
      }),
  };
  const parts = { ...world.parts, background, vars };
  background.start("watching", (signal) => watchVars(parts, signal));
  const { releases } = parts.store;
  return {
    parts,
    away,
    rollouts,
    followed,
    looks: () => looks,
    async set(color: string) {
      await vars.change("blog", { set: { COLOR: color }, remove: [] });
      told.emit("change", color);
    },
    liveColor: () => releases.live(app)?.vars["COLOR"],
    statuses: () => releases.list(app).map(({ status }) => status),
  };
}

const { signal } = new AbortController();
const before = ["live", "retired", "retired"];

describe("vars that somebody changed in Consul", () => {
  it("are rolled out", async () => {
    const world = await watched();
    await world.set("pink");
    await soon(world.liveColor).toBe("pink");
    await soon(() => world.followed).toEqual(["pink"]);
  });

  it("are rolled out though the app only comes on the air when they are told", async () => {
    const world = await watched();
    const { queue, store } = world.parts;
    store.apps.setStopped(app, true);
    const start = deferred<void>();
    const job = { app, title: "a start", kind: "change" as const, report: silentReport, signal };
    const starting = queue.run(job, () => start.promise);
    await world.set("pink");
    await soon(() => world.rollouts.length).toBe(1);
    store.apps.setStopped(app, false);
    start.resolve();
    await starting;
    await soon(world.liveColor).toBe("pink");
  });

  it("are followed where nothing runs: what starts reads them", async () => {
    const world = await watched();
    world.parts.store.apps.setStopped(app, true);
    await world.set("pink");
    await soon(() => world.followed).toEqual(["pink"]);
    expect(world.statuses()).toEqual(before);
  });

  it("are left to the next Goku where this one stops before they are", async () => {
    const world = await watched();
    const { queue } = world.parts;
    const end = deferred<void>();
    const job = { app, title: "a push", kind: "revision" as const, report: silentReport, signal };
    const pushing = queue.run(job, () => end.promise);
    await world.set("pink");
    await soon(world.looks).toBe(1);
    await soon(() => world.rollouts.length).toBe(1);
    const closed = queue.close();
    await expect(world.rollouts[0]).rejects.toMatchObject({ code: "cancelled" });
    expect(world.followed).toEqual([]);
    end.resolve();
    await Promise.all([pushing, closed]);
  });

  it("are followed where somebody cancels that: no later Goku rolls them out", async () => {
    const world = await watched();
    const { queue } = world.parts;
    const end = deferred<void>();
    const job = { app, title: "a start", kind: "upkeep" as const, report: silentReport, signal };
    const starting = queue.run(job, () => end.promise);
    await world.set("pink");
    await soon(() => world.rollouts.length).toBe(1);
    await soon(() => queue.cancel(app, "ann cancelled it")).toBe(true);
    await expect(world.rollouts[0]).rejects.toThrow("ann cancelled it");
    expect(world.followed).toEqual(["pink"]);
    expect(world.statuses()).toEqual(before);
    end.resolve();
    await starting;
  });

  it("are tried no more where somebody cancels that while Docker is away", async () => {
    const world: Awaited<ReturnType<typeof watched>> = await watched({
      engine: {
        startReplica: async () => {
          world.away.Docker = true;
          throw cancelled("ann cancelled it");
        },
      },
    });
    await world.set("pink");
    await soon(() => world.followed).toEqual(["pink"]);
    expect(world.statuses()).toEqual(["cancelled", ...before]);
  });

  it.each(["Docker", "Consul"] as const)(
    "wait for %s without a release, though the change is told only once",
    async (what) => {
      const world = await watched();
      world.away[what] = true;
      await world.set("pink");
      await soon(world.looks).toBeGreaterThanOrEqual(2);
      expect(world.statuses()).toEqual(before);
      expect(world.followed).toEqual([]);
      world.away[what] = false;
      await soon(world.liveColor).toBe("pink");
      expect(world.statuses()).toEqual(["live", "retired", ...before.slice(1)]);
    },
  );

  it("that change again while they wait are waited for once", async () => {
    const world = await watched();
    world.away.Consul = true;
    for (const color of ["pink", "brown", "black"]) {
      await world.set(color);
    }
    await soon(() => world.rollouts.length).toBe(3);
    await Promise.all(world.rollouts.slice(0, 2));
    world.away.Consul = false;
    await soon(() => world.followed).toEqual(["black"]);
    expect(world.liveColor()).toBe("black");
  });

  it("are tried once where all is there and the release fails nevertheless", async () => {
    const publish = async () => {
      throw nginxFailed("nginx refused it.");
    };
    const world = await watched({ router: { publish } });
    await world.set("pink");
    await soon(() => world.rollouts.length).toBe(1);
    await expect(world.rollouts[0]).rejects.toThrow("nginx refused it.");
    expect(world.followed).toEqual(["pink"]);
    expect(world.statuses()).toEqual(["failed", ...before]);
  });

  it("are followed also after those of an app that is none, which could not be noted", async () => {
    const world = await watched();
    const { parts } = world;
    let isNoted = false;
    const changes = [
      {
        app: "nobody",
        followed() {
          isNoted = true;
          throw new Error("database or disk is full");
        },
      },
      { app: "blog", followed: () => undefined },
    ];
    await parts.vars.change("blog", { set: { COLOR: "pink" }, remove: [] });
    const watch = async function* () {
      yield* changes;
    };
    await watchVars({ ...parts, vars: { ...parts.vars, watch } }, signal);
    expect(isNoted).toBe(true);
    await soon(world.liveColor).toBe("pink");
  });

  it("are tried again where Docker went away in the middle", async () => {
    const world = await watched({
      engine: {
        startReplica: async () => {
          world.away.Docker = true;
          throw dockerUnavailable(new Error("it was stopped"));
        },
      },
    });
    await world.set("pink");
    await soon(world.looks).toBeGreaterThanOrEqual(3);
    expect(world.statuses()).toEqual(["failed", ...before]);
  });
});
