import { createServer } from "node:net";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { silentReport } from "../../src/deploy/report.ts";
import { rollback } from "../../src/deploy/verbs/rollback.ts";
import { followVars } from "../../src/deploy/care/watch.ts";
import { consulUnavailable, nginxFailed } from "../../src/errors.ts";
import type { Failing, World } from "./test-parts.ts";
import { addRelease, project, replica, testWorld } from "./test-parts.ts";

const app = "blog-main";
const request = {
  by: "ann",
  byAdmin: false,
  report: silentReport,
  signal: new AbortController().signal,
};

/** Replicas that start are well: they are this process, on a port that accepts. */
async function rollbackWorld(failing: Failing = {}): Promise<World> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  let made = 0;
  const world: World = testWorld({
    ...failing,
    engine: {
      startReplica: async ({ app: of, version, index, image }) => {
        const fresh = { ...replica(of, version, index), id: `made-${++made}`, image };
        const here = { ...fresh, address: "127.0.0.1" };
        world.replicas.set(here.id, here);
        return here;
      },
      inspectReplica: async () => ({
        running: true,
        restarting: false,
        exitCode: 0,
        oomKilled: false,
        restarts: 0,
        hasHealthcheck: false,
      }),
      ...failing.engine,
    },
  });
  const { releases } = world.parts.store;
  const add = (vars: Record<string, string>) => {
    const version = addRelease(world, "live", { vars });
    releases.update(app, version, { project: { ...project, port } });
  };
  add({ COLOR: "red" });
  add({ COLOR: "green" });
  // As a restart leaves it: another version, and nothing else.
  add({ COLOR: "green" });
  releases.update(app, 3, { image: "sha256:2" });
  await world.parts.vars.change("blog", { set: { COLOR: "green" }, remove: [] });
  return world;
}

function go(world: World, version: number | null) {
  const found = world.parts.store.apps.find(app);
  if (found === null) {
    throw new Error("no app");
  }
  return rollback(world.parts, found, version, request);
}

describe("a rollback", () => {
  it("goes to the newest earlier release that differs, vars included", async () => {
    const world = await rollbackWorld();
    const release = await go(world, null);
    expect(release).toMatchObject({ version: 4, status: "live", image: "sha256:1", by: "ann" });
    expect(release.reason).toBe("rollback to v1");
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "red" });
    expect(world.routes.get(app)?.sites[0]?.backends).toMatchObject([{ address: "127.0.0.1" }]);
  });

  it("goes to a version that is named", async () => {
    const world = await rollbackWorld();
    expect(await go(world, 2)).toMatchObject({ version: 4, image: "sha256:2" });
  });

  it("removes vars that the release did not have", async () => {
    const world = await rollbackWorld();
    await world.parts.vars.change("blog", { set: { LATER: "1" }, remove: [] });
    await go(world, 1);
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "red" });
  });

  it("puts the vars back where nginx refuses, and the first error is what is told", async () => {
    const publish = async () => {
      throw nginxFailed("nginx refused it.");
    };
    const world = await rollbackWorld({ router: { publish } });
    await expect(go(world, 1)).rejects.toThrow("nginx refused it.");
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "green" });
    expect(world.parts.store.releases.live(app)?.version).toBe(3);
    expect([...world.replicas.keys()].filter((id) => id.startsWith("made"))).toEqual([]);
  });

  it("tells the first error also where the vars cannot be put back", async () => {
    let isConsulGone = false;
    const publish = async () => {
      isConsulGone = true;
      throw nginxFailed("nginx refused it.");
    };
    const world = await rollbackWorld({ router: { publish } });
    const vars: typeof world.parts.vars = {
      ...world.parts.vars,
      change: (...args) =>
        isConsulGone
          ? Promise.reject(new Error("Consul is gone"))
          : world.parts.vars.change(...args),
    };
    await expect(go({ ...world, parts: { ...world.parts, vars } }, 1)).rejects.toThrow(
      "nginx refused it.",
    );
  });

  it("stays live where Docker does not take the word that it is to be kept", async () => {
    const keepReplica = async () => {
      throw new Error("no such container");
    };
    const world = await rollbackWorld({ engine: { keepReplica } });
    expect(await go(world, 1)).toMatchObject({ status: "live" });
  });
});

describe("a rollback is refused", () => {
  it("to a version that never was", async () => {
    await expect(go(await rollbackWorld(), 9)).rejects.toMatchObject({ code: "not-found" });
  });

  it("to one that never went live", async () => {
    const world = await rollbackWorld();
    addRelease(world, "failed");
    await expect(go(world, 4)).rejects.toThrow("v4 of blog never went live (failed).");
  });

  it("to one whose image is gone", async () => {
    const world = await rollbackWorld({ engine: { hasImage: async () => false } });
    await expect(go(world, 1)).rejects.toThrow("The image of v1 of blog is gone");
  });

  it("where there is nothing earlier", async () => {
    const world = testWorld();
    addRelease(world, "live");
    await expect(go(world, null)).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("vars that somebody changed in Consul", () => {
  it("are rolled out once Consul answers again, though the change is told only once", async () => {
    const world = await rollbackWorld();
    let refusals = 2;
    const vars: typeof world.parts.vars = {
      ...world.parts.vars,
      read: async (name) => {
        if (refusals > 0) {
          refusals -= 1;
          throw consulUnavailable("http://127.0.0.1:8500", new Error("nobody listens"));
        }
        return world.parts.vars.read(name);
      },
    };
    await world.parts.vars.change("blog", { set: { COLOR: "pink" }, remove: [] });
    const found = world.parts.store.apps.find(app);
    if (found === null) {
      throw new Error("no app");
    }
    await followVars({ ...world.parts, vars }, found, request.signal);
    expect(refusals).toBe(0);
    expect(world.parts.store.releases.live(app)?.vars).toEqual({ COLOR: "pink" });
  });
});
