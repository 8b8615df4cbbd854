import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Request } from "../../../src/deploy/parts.ts";
import { removeDomains } from "../../../src/deploy/verbs/domains.ts";
import { findApp } from "../../../src/deploy/verbs/apps.ts";
import { setVars } from "../../../src/deploy/verbs/config.ts";
import { restart } from "../../../src/deploy/verbs/restart.ts";
import { runCommand } from "../../../src/deploy/verbs/run.ts";
import { rollback } from "../../../src/deploy/verbs/rollback.ts";
import { scale } from "../../../src/deploy/verbs/scale.ts";
import { startApp } from "../../../src/deploy/verbs/stop.ts";
import { silentReport } from "../../../src/deploy/report.ts";
import { unhealthy } from "../../../src/errors.ts";
import type { DockerfileProject } from "../../../src/project.ts";
import { addRelease, project, testWorld } from "../test-parts.ts";

const request = {
  by: "ann",
  byAdmin: true,
  report: silentReport,
  signal: new AbortController().signal,
};

/** A live app whose next containers will not start. */
function failingWorld(change: Partial<DockerfileProject> = {}) {
  const world = testWorld({
    engine: {
      startReplica: async () => {
        throw unhealthy("blog-main.v2.1 ended with exit status 7.", ["oh no"]);
      },
    },
  });
  const version = addRelease(world, "live");
  world.parts.store.releases.update("blog-main", version, { project: { ...project, ...change } });
  return { ...world, app: findApp(world.parts, "blog") };
}

const set = (change: Record<string, string>) => ({ set: change, remove: [] });

describe("a change that the app cannot live with", () => {
  it("says that nothing was written and what serves", async () => {
    const { parts, app } = failingWorld();
    const options = { restart: true };
    const left = "Nothing was written. The previous release is still serving.";
    for (const change of [
      () => setVars(parts, "blog", set({ A: "1" }), options, request),
      () => scale(parts, app, { main: 2, services: {} }, request),
    ]) {
      await expect(change()).rejects.toMatchObject({ details: ["oh no", left] });
    }
    expect(await parts.vars.read("blog")).toEqual({});
  });

  it("speaks of writing only where something would have been written", async () => {
    const { parts, app } = failingWorld();
    const details = ["oh no", "The previous release is still serving."];
    await expect(restart(parts, app, null, request)).rejects.toMatchObject({ details });
  });

  it("says of an app without HTTP that it runs", async () => {
    const { parts, app } = failingWorld({ port: null });
    const details = ["oh no", "The previous release is still running."];
    await expect(restart(parts, app, null, request)).rejects.toMatchObject({ details });
  });

  it("says of a stopped app nothing that is not so", async () => {
    const { parts, app } = failingWorld();
    parts.store.apps.setStopped(app.id, true);
    const stopped = findApp(parts, "blog");
    await expect(startApp(parts, stopped, request)).rejects.toMatchObject({ details: ["oh no"] });
    await expect(rollback(parts, stopped, 9, request)).rejects.toMatchObject({ details: [] });
  });
});

describe("octo start", () => {
  it("says of an app that never went live that it has no release", async () => {
    const { parts } = testWorld();
    const app = parts.store.apps.create("blog", "main");
    await expect(startApp(parts, app, request)).rejects.toThrow(/has no release yet/);
  });
});

describe("config:set", () => {
  it.each([true, false])("refuses what steers Goku nowhere (restart: %s)", async (again) => {
    const { parts } = failingWorld();
    for (const name of ["blog", "not-pushed-yet"]) {
      for (const [key, value] of [
        ["NO_HTTP_PROXY", "maybe"],
        ["CUSTOM_CHECK_INTERVAL", "foo"],
      ] as const) {
        const asked = setVars(parts, name, set({ [key]: value }), { restart: again }, request);
        await expect(asked).rejects.toMatchObject({ code: "refused" });
        expect(await parts.vars.read(name)).toEqual({});
      }
    }
  });

  it("leaves alone what was set before it was refused", async () => {
    const { parts } = failingWorld();
    await parts.vars.change("blog", set({ NO_HTTP_PROXY: "maybe" }));
    await setVars(parts, "blog", set({ A: "1" }), { restart: false }, request);
    expect(await parts.vars.read("blog")).toEqual({ NO_HTTP_PROXY: "maybe", A: "1" });
  });
});

describe("config:rm", () => {
  it.each([true, false])("refuses keys that are not set (restart: %s)", async (again) => {
    const { parts } = failingWorld();
    await parts.vars.change("blog", set({ PORT: "1", A: "1" }));
    const removed = setVars(
      parts,
      "blog",
      { set: {}, remove: ["A", "PROT"] },
      { restart: again },
      request,
    );
    await expect(removed).rejects.toMatchObject({
      message: "blog has no config var PROT.",
      hint: "Did you mean PORT?",
    });
    expect(await parts.vars.read("blog")).toEqual({ PORT: "1", A: "1" });
  });
});

describe("domains:rm", () => {
  it.each([
    ["blog.goku.test", "since it is the app's own host name.", "NO_HTTP_PROXY=1"],
    ["cname.example", "since it comes from the file CNAME.", "git push goku main"],
    ["wwww.example", "blog does not have the domain wwww.example.", "Did you mean www.example?"],
  ])("refuses %s", async (domain, message, hint) => {
    const { parts, app } = failingWorld({ domains: ["cname.example"] });
    await parts.vars.change("blog", set({ DOMAINS: "www.example" }));
    await expect(removeDomains(parts, app, ["www.example", domain], request)).rejects.toMatchObject(
      { message: expect.stringContaining(message), hint: expect.stringContaining(hint) },
    );
    expect(await parts.vars.read("blog")).toEqual({ DOMAINS: "www.example" });
  });
});

describe("what an admin brought and nobody has allowed", () => {
  const mounts = [{ source: "/etc", target: "/hostetc", readOnly: false }];
  const deployer = { ...request, by: "ci", byAdmin: false };
  const io = { stdin: null, stdout: new PassThrough(), stderr: new PassThrough() };

  function mountingWorld() {
    const ran: string[][] = [];
    const world = testWorld({
      engine: {
        run: async (_spec, command) => {
          ran.push([...command]);
          return 0;
        },
      },
    });
    const version = addRelease(world, "live");
    const change = { project: { ...project, mounts } };
    world.parts.store.releases.update("blog-main", version, change);
    return { ...world, ran, app: findApp(world.parts, "blog") };
  }

  const run = ({ parts, app }: ReturnType<typeof mountingWorld>, who: Request) =>
    runCommand(parts, app, null, ["cat", "/hostetc/shadow"], io, who);

  it("is a deployer's neither to run commands in nor to start anew with vars of his own", async () => {
    const world = mountingWorld();
    const { parts, app, ran } = world;
    for (const asked of [
      () => run(world, deployer),
      () => setVars(parts, "blog", set({ LD_PRELOAD: "x" }), { restart: true }, deployer),
      () => restart(parts, app, null, deployer),
      () => scale(parts, app, { main: 2, services: {} }, deployer),
    ]) {
      await expect(asked()).rejects.toMatchObject({
        code: "refused",
        hint: expect.stringContaining("octo policy:allow blog host-mounts"),
      });
    }
    expect(ran).toEqual([]);
    expect(await parts.vars.read("blog")).toEqual({});
    expect(parts.store.releases.live("blog-main")?.version).toBe(1);
    expect(parts.store.events.list("blog-main", 9).map(({ what }) => what)).not.toContain("run");
  });

  it("is his once an admin allows it, and an admin's anyway", async () => {
    const world = mountingWorld();
    expect(await run(world, request)).toBe(0);
    world.parts.store.allowances.allow("blog-main", ["host-mounts"]);
    expect(await run(world, deployer)).toBe(0);
    expect(world.ran).toHaveLength(2);
  });
});
