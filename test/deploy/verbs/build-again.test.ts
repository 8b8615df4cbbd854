import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Build } from "../../../src/ports.ts";
import type { Request } from "../../../src/deploy/parts.ts";
import { lineReport } from "../../../src/deploy/report.ts";
import { findApp } from "../../../src/deploy/verbs/apps.ts";
import { reloadVars, setVars } from "../../../src/deploy/verbs/config.ts";
import { restart } from "../../../src/deploy/verbs/restart.ts";
import { rollback } from "../../../src/deploy/verbs/rollback.ts";
import { startApp, stopApp } from "../../../src/deploy/verbs/stop.ts";
import { buildFailed } from "../../../src/errors.ts";
import type { Release } from "../../../src/release.ts";
import { servingApp, servingWorld } from "../serving-world.ts";
import { projectWorld } from "./project-world.ts";

const webPortOf = (release: Release | null) =>
  release?.project?.kind === "dockerfile" ? release.project.port : null;

/** `blog-main`, live as v3, on a server that has lost all images and containers; its repository is there. */
async function restoredWorld({ builds = true, takesPort = false } = {}) {
  const dockerfile = () =>
    takesPort
      ? "# BUILD_ARG PORT\nFROM busybox\nARG PORT\nEXPOSE $PORT\n"
      : `FROM busybox\nEXPOSE ${port}\n`;
  const built: Build[] = [];
  const world = await servingWorld({
    engine: {
      hasImage: async (image) => image.startsWith("sha256:built"),
      buildImage: async (build) => {
        if (!builds) {
          throw buildFailed("The build failed in [1/2] FROM node:22.", []);
        }
        built.push(build);
        return `sha256:built-${build.version}`;
      },
    },
    repositories: {
      readFiles: async (_repository, commit) => {
        expect(commit).toBe("c".repeat(40));
        return new Map([["Dockerfile", dockerfile()]]);
      },
      archive: () => Readable.from([]),
    },
  });
  const port = webPortOf(world.parts.store.releases.live(servingApp));
  const settings = { ...world.parts.settings, registry: null };
  const parts = { ...world.parts, settings };
  world.replicas.clear();
  const lines: string[] = [];
  const request: Request = {
    by: "ann",
    byAdmin: false,
    report: lineReport((line) => lines.push(line)),
    signal: new AbortController().signal,
  };
  const app = () => findApp(parts, "blog");
  const live = () => parts.store.releases.live(servingApp);
  return { ...world, parts, built, lines, request, app, live };
}

describe("of an app whose image is gone", () => {
  it("restart builds the live release's commit again, as a release of its own", async () => {
    const { parts, app, built, lines, live, request } = await restoredWorld();
    const before = live();
    const release = await restart(parts, app(), null, request);
    expect(release).toMatchObject({
      version: 4,
      status: "live",
      reason: "restart",
      commit: before?.commit,
      image: "sha256:built-4",
    });
    expect(built).toMatchObject([{ app: servingApp, version: 4, dockerfile: "Dockerfile" }]);
    expect(release.steps.map(({ name }) => name)).toContain("buildImage");
    const told = lines.join("\n");
    expect(told).toContain("The image of v3 of blog is no longer on this server, and made again");
    expect(told).toContain("Building blog-main v4 from ccccccc");
  });

  it("start does so where it is stopped, with the vars as they are now", async () => {
    const { parts, app, built, live, request } = await restoredWorld();
    await stopApp(parts, app(), request);
    await setVars(
      parts,
      "blog",
      { set: { COLOR: "blue" }, remove: [] },
      { restart: true },
      request,
    );
    expect(built).toEqual([]);
    await startApp(parts, app(), request);
    expect(app().stopped).toBe(false);
    expect(live()).toMatchObject({ image: "sha256:built-4", vars: { COLOR: "blue" } });
  });

  it("start does so where it is down although nobody stopped it", async () => {
    const { parts, app, live, lines, request } = await restoredWorld();
    await startApp(parts, app(), request);
    expect(live()).toMatchObject({ version: 4, reason: "start", image: "sha256:built-4" });
    await startApp(parts, app(), request);
    expect(lines.at(-1)).toContain("blog runs already");
    expect(live()?.version).toBe(4);
  });

  it("start builds it with the vars as they are now, on which its port may depend", async () => {
    const { parts, app, built, live, request } = await restoredWorld({ takesPort: true });
    const port = webPortOf(live());
    await parts.vars.change("blog", { set: { PORT: String(port) }, remove: [] });
    await startApp(parts, app(), request);
    expect(built).toMatchObject([{ args: { PORT: String(port) } }]);
    expect(webPortOf(live())).toBe(port);
  });

  it("a change in Consul does not: its data may not be back yet", async () => {
    const { parts, app, built, live, request } = await restoredWorld();
    await parts.vars.change("blog", { set: { COLOR: "blue" }, remove: [] });
    await expect(reloadVars(parts, app(), request)).rejects.toMatchObject({
      code: "refused",
      hint: "Have it built again, as a new release: octo reload blog",
    });
    expect(built).toEqual([]);
    expect(live()?.version).toBe(3);
  });

  it("a build that fails says that nothing runs", async () => {
    const { parts, app, request } = await restoredWorld({ builds: false });
    await expect(restart(parts, app(), null, request)).rejects.toMatchObject({
      code: "build-failed",
      details: ["The previous release does not run, either."],
    });
  });

  it("a rollback to the live release names restart", async () => {
    const { parts, app, request } = await restoredWorld();
    await expect(rollback(parts, app(), 3, request)).rejects.toMatchObject({
      hint: "It is the live release: octo restart blog builds it again.",
    });
  });
});

it("restart does not say that a service keeps running which does not", async () => {
  const world = await projectWorld();
  await stopApp(world.parts, world.app, world.request);
  await restart(world.parts, findApp(world.parts, "shop"), null, world.request);
  expect(world.lines.join("\n")).not.toContain("keeps running");
  expect(world.containers.get("db-1")?.state).toBe("running");
});

it("start leaves a project alone that ends again and again, and says where to look", async () => {
  const world = await projectWorld();
  [1, 2, 3].forEach(() => world.parts.crashes.note("worker-1"));
  await startApp(world.parts, findApp(world.parts, "shop"), world.request);
  expect(world.lines.at(-1)).toContain("shop is started again and again");
  expect(world.parts.store.releases.list("shop-main")).toHaveLength(1);
  expect(world.acts).toEqual([]);
});
