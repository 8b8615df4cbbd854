import { expect, it } from "vitest";
import { noteDeath } from "../../src/deploy/care/note-death.ts";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { createCrashes } from "../../src/deploy/crashes.ts";
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

it("one that is recalled is told of no more, and one that died under this Goku is not recalled", () => {
  const crashes = createCrashes(() => 0);
  crashes.recall("one");
  expect(crashes.isLooping("one")).toBe(true);
  expect(crashes.note("one")).toBe(false);
  crashes.note("two");
  crashes.recall("two");
  expect(crashes.isLooping("two")).toBe(false);
  crashes.note("two");
  expect(crashes.note("two")).toBe(true);
});

it.each([
  ["often", 7, { restarting: true }, "restarting"],
  ["once", 1, { restarting: true }, "down"],
  ["often, and that runs now", 7, {}, "up"],
])("a Goku that starts finds what Docker has restarted %s", async (_, restarts, now, status) => {
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
  await reconcile(parts, new AbortController().signal);
  await parts.background.close();
  expect((await appStatus(parts, app)).status).toBe(status);
  expect(looks).toEqual(one.restarting ? [one.id] : []);
});
