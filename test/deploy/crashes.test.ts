import { expect, it } from "vitest";
import { noteDeath } from "../../src/deploy/care/note-death.ts";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { createCrashes } from "../../src/deploy/crashes.ts";
import type { Replica } from "../../src/ports.ts";
import { appStatus } from "../../src/deploy/verbs/apps.ts";
import { addRelease, replica, testWorld } from "./test-parts.ts";

const minuteMs = 60_000;

it("a loop begins with the third death of one container within five minutes, and once", () => {
  let now = 0;
  const crashes = createCrashes(() => now);
  const deaths = [0, 2, 4, 5, 7, 9].map((minute) => {
    now = minute * minuteMs;
    crashes.note("other" + minute);
    return crashes.note("one");
  });
  expect(deaths).toEqual([false, false, true, false, false, false]);
  expect(crashes.isLooping("one")).toBe(true);
  expect(crashes.isLooping("other9")).toBe(false);
  now = 15 * minuteMs;
  expect(crashes.isLooping("one")).toBe(false);
});

it("one that was well for a while and dies again is told of again", () => {
  let now = 0;
  const crashes = createCrashes(() => now);
  const loop = () => [crashes.note("one"), crashes.note("one"), crashes.note("one")];
  expect(loop()).toEqual([false, false, true]);
  now += 6 * minuteMs;
  expect(loop()).toEqual([false, false, true]);
});

it("what ends on purpose is no crash, and what crashes is an event", async () => {
  const { parts } = testWorld();
  addRelease({ ...testWorld(), parts, replicas: new Map() }, "live");
  const die = () => [1, 2, 3, 4].forEach(() => noteDeath(parts, "blog-main", "web-1"));
  const told = () => parts.store.events.list("blog-main", 10).map(({ what }) => what);
  parts.retiring.add("web-1");
  die();
  parts.retiring.clear();
  noteDeath({ ...parts, queue: { ...parts.queue, busy: () => true } }, "blog-main", "web-1");
  expect(told()).toEqual([]);
  die();
  expect(told()).toEqual(["crashing"]);
});

it("one that is recalled is a loop at once, and is told of once", () => {
  let now = 0;
  const crashes = createCrashes(() => now);
  const isRecalled = () => [crashes.recall("one"), crashes.isLooping("one"), crashes.note("one")];
  expect(isRecalled()).toEqual([true, true, false]);
  expect(isRecalled()).toEqual([false, true, false]);
  now += 6 * minuteMs;
  crashes.note("one");
  expect(isRecalled()).toEqual([true, true, false]);
});

/** A Goku that has just started, and an app whose container Docker has restarted so often. */
function goku(restarts: number, now: Partial<Replica> = { restarting: true }) {
  const looks: string[] = [];
  const world = testWorld({
    engine: {
      inspectReplica: async (id) => {
        looks.push(id);
        return {
          running: false,
          restarting: true,
          exitCode: 1,
          oomKilled: false,
          restarts,
          hasHealthcheck: false,
        };
      },
    },
  });
  const { parts, replicas } = world;
  addRelease(world, "live");
  const one = { ...replica("blog-main", 1), ...now };
  replicas.set(one.id, { ...one, running: !one.restarting });
  const app = parts.store.apps.create("blog", "main");
  return {
    parts,
    one,
    looks,
    look: async () => {
      await reconcile(parts, new AbortController().signal);
      await parts.background.close();
      return (await appStatus(parts, app)).status;
    },
    told: () => parts.store.events.list(app.id, 10).map(({ what, detail }) => `${what}: ${detail}`),
  };
}

const loopOfSeven =
  "crashing: Docker has restarted a container 7 times: octo ps blog, octo logs blog";

it.each([
  ["often", 7, { restarting: true }, "restarting", [loopOfSeven]],
  ["once", 1, { restarting: true }, "down", []],
  ["often, and that runs now", 7, {}, "up", []],
])(
  "a Goku that starts finds what Docker has restarted %s",
  async (_, restarts, now, status, events) => {
    const { look, told, looks, one } = goku(restarts, now);
    expect(await look()).toBe(status);
    expect(told()).toEqual(events);
    expect(looks).toEqual(one.restarting ? [one.id] : []);
  },
);

it("a loop that began unseen is known by its first death, and told of once", async () => {
  const { parts, one, look, told } = goku(7);
  noteDeath(parts, one.app, one.id);
  expect(await look()).toBe("restarting");
  [1, 2, 3].forEach(() => noteDeath(parts, one.app, one.id));
  expect(told()).toEqual([loopOfSeven]);
});

it.each([
  ["is not told of again where an earlier Goku did", "2026-01-01T00:00:00.000Z", []],
  [
    "is told of where the last was of an older container",
    "9999-01-01T00:00:00.000Z",
    [loopOfSeven],
  ],
])("a loop that began unseen %s", async (_, createdAt, events) => {
  const { parts, look, told } = goku(7, { restarting: true, createdAt });
  parts.store.events.add({ app: "blog-main", who: "goku", what: "crashing", detail: "before" });
  expect(await look()).toBe("restarting");
  expect(told()).toEqual([...events, "crashing: before"]);
});
