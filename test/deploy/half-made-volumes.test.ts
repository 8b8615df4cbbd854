import { expect, it } from "vitest";
import { recover } from "../../src/deploy/care/recover.ts";
import { originOf } from "../../src/deploy/plan/shape.ts";
import { dockerUnavailable } from "../../src/errors.ts";
import type { ServiceContainer } from "../../src/compose-ports.ts";
import { container } from "./compose-parts.ts";
import { addRelease, replica, testWorld } from "./test-parts.ts";

const app = "blog-main";
const minuteMs = 60 * 1_000;

/** A server with one volume, which was made for the release of this origin, and a container on it. */
function worldWith(origin: () => string, services: readonly ServiceContainer[] = []) {
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
      listServices: async () => [...services],
    },
    engine: {
      stopReplica: async (id, graceMs) => {
        expect(graceMs).toBeNull();
        removed.push(`${id} stopped`);
      },
      removeReplica: async (id) => void removed.push(id),
    },
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

it("what was made for a release that is given up goes, and first what has it, in the time that needs to end", async () => {
  const { world, removed, origins, statusOf } = worldWith(() => origins(2));
  addRelease(world, "live");
  addRelease(world, "building");
  await recover(world.parts);
  expect(removed).toEqual(["db stopped", "db", "data"]);
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
  const createdAt = new Date(Date.now() - 61 * minuteMs).toISOString();
  const unfinished = () => releases.unfinished().map((each) => Object.assign(each, { createdAt }));
  const asOfOld = { ...releases, unfinished };
  await recover({ ...world.parts, store: { ...world.parts.store, releases: asOfOld } });
  expect(removed).toEqual([]);
});

/** What has the volume, made so long ago. */
function holder(minutes: number, more: Partial<ServiceContainer> = {}): ServiceContainer {
  const createdAt = new Date(Date.now() - minutes * minuteMs).toISOString();
  return container("db", { service: "db", createdAt, ...more });
}

it.each(["running", "restarting"] as const)(
  "data of what is %s longer than a release takes to be proven stay: the store is older than they are",
  async (state) => {
    const { world, removed, origins, statusOf } = worldWith(
      () => origins(1),
      [holder(11, { state })],
    );
    addRelease(world, "building");
    await recover(world.parts);
    expect(removed).toEqual([]);
    expect(statusOf(1)).toBe("failed");
  },
);

it("data of a Dockerfile's container that runs for so long stay", async () => {
  const { world, removed, origins } = worldWith(() => origins(1));
  addRelease(world, "building");
  const { createdAt } = holder(11);
  world.replicas.set("db", { ...replica(app, 1), id: "db", createdAt });
  await recover(world.parts);
  expect(removed).toEqual([]);
});

it.each([
  ["has just begun to run", holder(9)],
  [
    "stands still, as all does that no release was proven with after a reboot",
    holder(11, { state: "exited" }),
  ],
  ["is another's", holder(11, { id: "other" })],
])("data of what %s go", async (_, one) => {
  const { world, removed, origins } = worldWith(() => origins(1), [one]);
  addRelease(world, "building");
  await recover(world.parts);
  expect(removed).toEqual(["db stopped", "db", "data"]);
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
  expect(removed).toEqual(["db stopped", "db", "data"]);
});
