import { EventEmitter, on } from "node:events";
import { describe, expect, it } from "vitest";
import type { Background } from "../../src/deploy/background.ts";
import { watchVars } from "../../src/deploy/care/follow-vars.ts";
import { consulUnavailable, dockerUnavailable, nginxFailed } from "../../src/errors.ts";
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
  const vars: typeof world.parts.vars = {
    ...world.parts.vars,
    async read(name) {
      if (away.Consul) {
        throw consulUnavailable("http://127.0.0.1:8500", new Error("nobody listens"));
      }
      return world.parts.vars.read(name);
    },
    async *watch(signal) {
      for await (const [name] of on(told, "change", { signal })) {
        yield String(name);
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
    away,
    rollouts,
    looks: () => looks,
    async set(color: string) {
      await vars.change("blog", { set: { COLOR: color }, remove: [] });
      told.emit("change", "blog");
    },
    liveColor: () => releases.live(app)?.vars["COLOR"],
    statuses: () => releases.list(app).map(({ status }) => status),
  };
}

const before = ["live", "retired", "retired"];

describe("vars that somebody changed in Consul", () => {
  it("are rolled out", async () => {
    const world = await watched();
    await world.set("pink");
    await soon(world.liveColor).toBe("pink");
  });

  it.each(["Docker", "Consul"] as const)(
    "wait for %s without a release, though the change is told only once",
    async (what) => {
      const world = await watched();
      world.away[what] = true;
      await world.set("pink");
      await soon(world.looks).toBeGreaterThanOrEqual(2);
      expect(world.statuses()).toEqual(before);
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
    await soon(world.liveColor).toBe("black");
  });

  it("are tried once where all is there and the release fails nevertheless", async () => {
    const publish = async () => {
      throw nginxFailed("nginx refused it.");
    };
    const world = await watched({ router: { publish } });
    await world.set("pink");
    await soon(() => world.rollouts.length).toBe(1);
    await expect(world.rollouts[0]).rejects.toThrow("nginx refused it.");
    expect(world.statuses()).toEqual(["failed", ...before]);
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
