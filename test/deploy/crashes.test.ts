import { expect, it } from "vitest";
import { noteDeath } from "../../src/deploy/care/note-death.ts";
import { createCrashes } from "../../src/deploy/crashes.ts";
import { addRelease, testWorld } from "./test-parts.ts";

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
