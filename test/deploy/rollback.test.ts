import { describe, expect, it } from "vitest";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { lineReport, silentReport } from "../../src/deploy/report.ts";
import { setVars } from "../../src/deploy/verbs/config.ts";
import { rollback } from "../../src/deploy/verbs/rollback.ts";
import { nginxFailed } from "../../src/errors.ts";
import { servingApp as app, servingWorld } from "./serving-world.ts";
import { addRelease, testWorld, type World } from "./test-parts.ts";

const request = {
  by: "ann",
  byAdmin: false,
  report: silentReport,
  signal: new AbortController().signal,
};

function go(world: World, version: number | null, lines: string[] = []) {
  const found = world.parts.store.apps.find(app);
  if (found === null) {
    throw new Error("no app");
  }
  const report = lineReport((line) => lines.push(line));
  return rollback(world.parts, found, version, { ...request, report });
}

describe("a rollback", () => {
  it("goes to the newest earlier release that differs, vars included", async () => {
    const world = await servingWorld();
    const release = await go(world, null);
    expect(release).toMatchObject({ version: 4, status: "live", image: "sha256:1", by: "ann" });
    expect(release.reason).toBe("rollback to v1");
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "red" });
    expect(world.routes.get(app)?.sites[0]?.backends).toMatchObject([{ address: "127.0.0.1" }]);
  });

  it("goes to a version that is named", async () => {
    const world = await servingWorld();
    expect(await go(world, 2)).toMatchObject({ version: 4, image: "sha256:2" });
  });

  it("leaves what only admins may set to them", async () => {
    const world = await servingWorld();
    const vars = { COLOR: "red", NGINX_ALT: "/srv/alternative.conf" };
    world.parts.store.releases.update(app, 1, { vars });
    await expect(go(world, 1)).rejects.toThrow(
      "ann may not change NGINX_ALT by a rollback, which is for admins.",
    );
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "green" });
    expect(world.parts.store.releases.live(app)?.version).toBe(3);
  });

  it("removes vars that the release did not have", async () => {
    const world = await servingWorld();
    await world.parts.vars.change("blog", { set: { LATER: "1", toString: "1" }, remove: [] });
    await go(world, 1);
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "red" });
  });

  it("names the vars that change, never their values, and the way back", async () => {
    const world = await servingWorld();
    const { releases } = world.parts.store;
    const vars = { COLOR: "hidden-red", OLD: "hidden-old" };
    releases.update(app, 1, { vars });
    releases.update(app, 3, { vars: { COLOR: "green", NEW: "hidden-new" } });
    await world.parts.vars.change("blog", { set: { NEW: "hidden-new" }, remove: [] });
    const lines: string[] = [];
    await go(world, 1, lines);
    expect(lines.slice(-2)).toEqual([
      "       Config vars went back as well: set OLD; changed COLOR; removed NEW",
      "       The way back: octo rollback blog v3",
    ]);
    expect(lines.join()).not.toContain("hidden");
    await go(world, 3, lines);
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "green", NEW: "hidden-new" });
  });

  it("names vars that no release had, and is silent where none changes", async () => {
    const world = await servingWorld();
    const lines: string[] = [];
    await go(world, 2, lines);
    expect(lines.join()).not.toContain("Config vars");
    await world.parts.vars.change("blog", { set: { LATER: "1" }, remove: [] });
    await go(world, 2, lines);
    expect(lines.at(-1)).toBe(
      "       The way back: octo rollback blog v4; changed since then and not in it: LATER",
    );
  });

  it("puts the vars back where nginx refuses, and the first error is what is told", async () => {
    const publish = async () => {
      throw nginxFailed("nginx refused it.");
    };
    const world = await servingWorld({ router: { publish } });
    await expect(go(world, 1)).rejects.toThrow("nginx refused it.");
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "green" });
    expect(world.parts.store.releases.live(app)?.version).toBe(3);
    expect([...world.replicas.keys()].filter((id) => id.startsWith("made"))).toEqual([]);
  });

  it("leaves what is set without a restart while it fails", async () => {
    const change = { set: { COLOR: "blue" }, remove: [] };
    const world: World = await servingWorld({
      router: {
        async publish() {
          expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "red" });
          await setVars(world.parts, "blog", change, { restart: false }, request);
          throw nginxFailed("nginx refused it.");
        },
      },
    });
    await expect(go(world, 1)).rejects.toThrow("nginx refused it.");
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "blue" });
  });

  it("puts the vars back where the store cannot be told of it, and traffic follows", async () => {
    const world = await servingWorld();
    await reconcile(world.parts, request.signal);
    const before = world.routes.get(app);
    const { store } = world.parts;
    const goLive = () => {
      throw new Error("database is locked");
    };
    const releases = { ...store.releases, goLive };
    const parts = { ...world.parts, store: { ...store, releases } };
    await expect(go({ ...world, parts }, 1)).rejects.toThrow("database is locked");
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "green" });
    await world.parts.queue.idle(app);
    await reconcile(world.parts, request.signal);
    expect(world.routes.get(app)).toEqual(before);
    expect(store.releases.live(app)?.version).toBe(3);
  });

  it("tells the first error also where the vars cannot be put back", async () => {
    let isConsulGone = false;
    const publish = async () => {
      isConsulGone = true;
      throw nginxFailed("nginx refused it.");
    };
    const world = await servingWorld({ router: { publish } });
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
    const world = await servingWorld({ engine: { keepReplica } });
    expect(await go(world, 1)).toMatchObject({ status: "live" });
  });
});

describe("a rollback is refused", () => {
  it("to a version that never was", async () => {
    await expect(go(await servingWorld(), 9)).rejects.toMatchObject({ code: "not-found" });
  });

  it("to one that never went live", async () => {
    const world = await servingWorld();
    addRelease(world, "failed");
    await expect(go(world, 4)).rejects.toThrow("v4 of blog never went live (failed).");
  });

  it("to one whose image is gone", async () => {
    const world = await servingWorld({ engine: { hasImage: async () => false } });
    await expect(go(world, 1)).rejects.toThrow("The image of v1 of blog is gone");
  });

  it("where there is nothing earlier", async () => {
    const world = testWorld();
    addRelease(world, "live");
    await expect(go(world, null)).rejects.toMatchObject({ code: "not-found" });
  });
});
