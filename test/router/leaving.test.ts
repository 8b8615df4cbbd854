import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { createAnnouncement } from "../../src/router/leaving.ts";
import { placesOf } from "../../src/router/places.ts";
import { soon } from "../support/soon.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-leaving-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An announcement to workers whose generation the test sets, and what it logs. */
function announcing(leaving: string) {
  const logged: string[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => void logged.push(line) });
  const workers = { generation: 1 };
  const state = {
    written: async () => ({ generation: workers.generation, https: false }),
    isWhole: async () => true,
    advance: async () => 0,
  };
  const places = { ...placesOf({ folder, logFolder: folder, otherUser: false }), leaving };
  return { announcement: createAnnouncement(places, state, log), workers, logged };
}

describe("the announcement of a switch", () => {
  it("has to be known for a while, counted from the first word to these workers", async () => {
    const { announcement, workers } = announcing(join(folder, "first."));
    const announced = performance.now();
    await announcement.make("blog-main");
    expect(await readdir(folder)).toContain("first.1");
    await announcement.ripe();
    expect(performance.now() - announced).toBeGreaterThan(95);

    await announcement.make("shop-main");
    // Timers end in the order in which they are due, however busy the machine is.
    const ripe = announcement.ripe().then(() => "ripe");
    expect(await Promise.race([ripe, delay(90, "later")])).toBe("ripe");

    workers.generation = 2;
    const begun = performance.now();
    await announcement.ripe();
    expect(performance.now() - begun).toBeGreaterThan(195);
    expect(await readdir(folder)).toContain("first.2");
  });

  it("is passed on to the workers of another app's switch, and not for the apps that were switched", async () => {
    const { announcement, workers } = announcing(join(folder, "passed."));
    await announcement.make("blog-main");
    await announcement.make("shop-main");
    workers.generation = 2;
    await announcement.passOn(["blog-main"]);
    expect(await readdir(folder)).toContain("passed.2");
    workers.generation = 3;
    await announcement.passOn(["shop-main"]);
    expect(await readdir(folder)).not.toContain("passed.3");
  });

  it("is taken back in the end, also to workers that others have followed since", async () => {
    const { announcement, workers } = announcing(join(folder, "left."));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    await announcement.make("blog-main");
    workers.generation = 2;
    await announcement.make("shop-main");
    vi.runAllTimers();
    vi.useRealTimers();
    await soon(async () => (await readdir(folder)).join()).not.toContain("left.");
  });

  it("stands in nobody's way where it cannot be made, and is logged", async () => {
    const { announcement, logged } = announcing(join(folder, "not/there."));
    await announcement.make("blog-main");
    await announcement.ripe();
    await announcement.passOn([]);
    expect(logged).toHaveLength(3);
    expect(logged[0]).toContain("ENOENT");
  });
});
