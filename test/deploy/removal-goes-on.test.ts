import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { finishRemovals, moveRefs } from "../../src/deploy/care/recover.ts";
import { sweepOnce } from "../../src/deploy/care/watch.ts";
import { deploy } from "../../src/deploy/deploy.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { withWhatServes } from "../../src/deploy/story/what-serves.ts";
import { removeApp } from "../../src/deploy/verbs/remove.ts";
import { restart as restartApp } from "../../src/deploy/verbs/restart.ts";
import { setVars } from "../../src/deploy/verbs/config.ts";
import { GokuError } from "../../src/errors.ts";
import { deferred } from "../../src/system/deferred.ts";
import { servingApp as app, servingWorld } from "./serving-world.ts";
import { addRelease } from "./test-parts.ts";
import { soon } from "../support/soon.ts";

const { signal } = new AbortController();
const request = { by: "ann", byAdmin: true, report: silentReport, signal };
const commit = "c".repeat(40);

/** `octo remove blog --force` of an app that serves; its volumes are held by something. */
async function halfRemoved() {
  const held = { volumes: true, images: false };
  const removed: string[] = [];
  const world = await servingWorld({
    engine: {
      async removeVolumes() {
        if (held.volumes) {
          throw new Error("volume is in use");
        }
        removed.push("volumes");
      },
      buildImage: async () => {
        if (held.images) {
          throw new GokuError({ code: "build-failed", message: "It does not build." });
        }
        return "sha256:new";
      },
    },
    repositories: {
      removeRef: async (repository, ref) => void world.refs.delete(`${repository} ${ref}`),
      remove: async () => void removed.push("repository"),
      readFiles: async () => new Map([["Dockerfile", `FROM scratch\nEXPOSE ${port}\n`]]),
      archive: () => Readable.from([]),
    },
  });
  const port = portOf(world.parts);
  const parts: Parts = {
    ...world.parts,
    settings: { ...world.parts.settings, registry: null },
    trees: { ...world.parts.trees, removeAll: async () => undefined },
  };
  world.refs.set("blog refs/heads/main", commit);
  await expect(remove(parts)).rejects.toMatchObject({ code: "unavailable" });
  return { parts, world, held, removed };
}

function portOf({ store }: Parts): number {
  const project = store.releases.live(app)?.project;
  return project?.kind === "dockerfile" ? (project.port ?? 0) : 0;
}

function found({ store }: Parts) {
  const one = store.apps.find(app);
  if (one === null) {
    throw new Error("the app is gone");
  }
  return one;
}

const remove = (parts: Parts) => removeApp(parts, found(parts), { force: true }, request);

function push(parts: Parts) {
  const revision = {
    repository: "blog",
    branch: "main",
    commit,
    previous: null,
    door: "push" as const,
    by: "ann",
    byAdmin: true,
  };
  return deploy(parts, revision, request);
}

/** The next look at all apps, and what it begins. */
async function lookAfterAll(parts: Parts): Promise<void> {
  await sweepOnce(parts, signal);
  await parts.queue.idle(app);
}

describe("an app whose removal goes on", () => {
  it("stays off the air, and goes as soon as it can", async () => {
    const { parts, world, held, removed } = await halfRemoved();
    expect(world.replicas.size).toBe(0);
    await reconcile(parts, signal);
    expect(world.replicas.size).toBe(0);
    expect([...world.routes.keys()]).toEqual([]);
    held.volumes = false;
    finishRemovals(parts);
    await soon(() => parts.store.apps.find(app)).toBeNull();
    expect(removed).toEqual(["volumes", "repository"]);
  });

  it("is still being removed where a second removal fails earlier than the first", async () => {
    const { parts, world } = await halfRemoved();
    const deregister = async () => {
      throw new Error("the catalogue is away");
    };
    const catalog = { ...parts.catalog, deregister };
    await expect(remove({ ...parts, catalog })).rejects.toThrow("the catalogue is away");
    expect(parts.store.apps.removals().get(app)).toBe("all");
    await reconcile(parts, signal);
    expect(world.replicas.size).toBe(0);
  });

  it("is brought back by a push, of the same commit too, and stays", async () => {
    const { parts, world, held, removed } = await halfRemoved();
    expect(await push(parts)).toMatchObject({ version: 4, status: "live" });
    held.volumes = false;
    await lookAfterAll(parts);
    expect(parts.store.releases.live(app)?.version).toBe(4);
    expect(world.routes.get(app)?.sites[0]?.backends).toHaveLength(1);
    expect(world.replicas.size).toBe(1);
    expect(removed).toEqual([]);
  });

  it("is brought back by a push that Goku was killed in, once that was proven", async () => {
    const { parts, world, held, removed } = await halfRemoved();
    addRelease(world, "publishing");
    held.volumes = false;
    await lookAfterAll(parts);
    expect(parts.store.releases.live(app)?.version).toBe(4);
    expect(parts.store.apps.removals().size).toBe(0);
    expect(removed).toEqual([]);
  });

  it("is not brought back by a push that fails, nor is it said to serve", async () => {
    const { parts, world, held } = await halfRemoved();
    held.images = true;
    const error: unknown = await push(parts).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "build-failed" });
    expect(await withWhatServes(parts, found(parts), error)).toBe(error);
    expect(parts.store.apps.removals().get(app)).toBe("all");
    await reconcile(parts, signal);
    expect(world.replicas.size).toBe(0);
  });

  it("takes no other command, and says how to have it back", async () => {
    const { parts } = await halfRemoved();
    const refusal = { code: "conflict", hint: "To have it back, push it: git push goku main" };
    const change = { set: { COLOR: "pink" }, remove: [] };
    await expect(restartApp(parts, found(parts), null, request)).rejects.toMatchObject(refusal);
    for (const restart of [true, false]) {
      const set = setVars(parts, "blog", change, { restart }, request);
      await expect(set).rejects.toMatchObject(refusal);
    }
    expect(await parts.vars.read("blog")).toEqual({});
  });

  it("has no branch any more, so that git sends a push of it", async () => {
    const { parts, world } = await halfRemoved();
    await moveRefs(parts);
    expect([...world.refs.keys()]).toEqual([]);
  });
});

describe("a removal that fails while the app can come back", () => {
  it("brings it back by itself, without waiting for a look at all apps", async () => {
    const world = await servingWorld();
    const { parts } = world;
    await reconcile(parts, signal);
    expect(world.routes.has(app)).toBe(true);
    const deregister = async () => {
      expect(world.routes.has(app)).toBe(false);
      throw new Error("the catalogue is away");
    };
    const catalog = { ...parts.catalog, deregister };
    await expect(remove({ ...parts, catalog })).rejects.toThrow("the catalogue is away");
    await soon(() => world.routes.get(app)?.sites[0]?.backends.length).toBe(1);
  });
});

describe("a push that waits for the app's removal", () => {
  it("makes the app anew", async () => {
    const { parts, held } = await halfRemoved();
    held.volumes = false;
    const waiting = deferred<void>();
    const removeVolumes = () => waiting.promise;
    const removed = remove({ ...parts, engine: { ...parts.engine, removeVolumes } });
    const pushed = push(parts);
    waiting.resolve();
    await removed;
    expect(await pushed).toMatchObject({ version: 1, status: "live" });
  });
});
