import { expect, it } from "vitest";
import { recover } from "../../src/deploy/care/recover.ts";
import { originOf } from "../../src/deploy/plan/shape.ts";
import { dockerUnavailable } from "../../src/errors.ts";
import { addRelease, testWorld } from "./test-parts.ts";

const app = "blog-main";
const dayMs = 24 * 60 * 60 * 1_000;

/** A server with one volume, which was made for the release of this origin, and a container on it. */
function worldWith(origin: () => string) {
  const removed: string[] = [];
  let isAway = false;
  const world = testWorld({
    composer: {
      async volumesMadeFor(of, asked) {
        if (isAway) {
          throw dockerUnavailable(new Error("nobody listens"));
        }
        return of === app && asked === origin() ? [{ name: "data", holders: ["db"] }] : [];
      },
      removeVolume: async (name) => void removed.push(name),
    },
    engine: { removeReplica: async (id) => void removed.push(id) },
  });
  const statusOf = (version: number) => world.parts.store.releases.find(app, version)?.status;
  const origins = (version: number) => {
    const release = world.parts.store.releases.find(app, version);
    return release === null ? "" : originOf(release);
  };
  const setAway = (away: boolean) => {
    isAway = away;
  };
  return { world, removed, statusOf, origins, setAway };
}

it("what was made for a release that is given up goes, and first what has it", async () => {
  const { world, removed, origins, statusOf } = worldWith(() => origins(2));
  addRelease(world, "live");
  addRelease(world, "building");
  await recover(world.parts);
  expect(removed).toEqual(["db", "data"]);
  expect(statusOf(2)).toBe("failed");
});

it("what was there before the release stays", async () => {
  const { world, removed, origins } = worldWith(() => origins(1));
  addRelease(world, "failed");
  addRelease(world, "building");
  await recover(world.parts);
  expect(removed).toEqual([]);
});

it("what an earlier app of that name had in a release of that version stays", async () => {
  const { world, removed } = worldWith(() => "v1 of 2026-01-01T00:00:00.000Z");
  addRelease(world, "building");
  await recover(world.parts);
  expect(removed).toEqual([]);
});

it("data of a release that was proven stay", async () => {
  const { world, removed, origins, statusOf } = worldWith(() => origins(1));
  const version = addRelease(world, "publishing");
  world.replicas.clear();
  await recover(world.parts);
  expect(removed).toEqual([]);
  expect(statusOf(version)).toBe("failed");
});

it("data that what went live since may have stay", async () => {
  const { world, removed, origins } = worldWith(() => origins(1));
  addRelease(world, "building");
  addRelease(world, "live");
  await recover(world.parts);
  expect(removed).toEqual([]);
});

it("data of a release that began long ago stay: the store may be older than they are", async () => {
  const { world, removed, origins } = worldWith(() => origins(1));
  addRelease(world, "building");
  const { releases } = world.parts.store;
  const createdAt = new Date(Date.now() - 2 * dayMs).toISOString();
  const unfinished = () => releases.unfinished().map((each) => Object.assign(each, { createdAt }));
  const asOfOld = { ...releases, unfinished };
  await recover({ ...world.parts, store: { ...world.parts.store, releases: asOfOld } });
  expect(removed).toEqual([]);
});

it("a release is given up only once its volumes could be looked for", async () => {
  const { world, removed, origins, setAway, statusOf } = worldWith(() => origins(1));
  addRelease(world, "building");
  setAway(true);
  await recover(world.parts);
  expect(statusOf(1)).toBe("building");
  setAway(false);
  await recover(world.parts);
  expect(statusOf(1)).toBe("failed");
  expect(removed).toEqual(["db", "data"]);
});
