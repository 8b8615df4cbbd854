import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAnnouncement } from "../../src/router/leaving.ts";
import { placesOf } from "../../src/router/places.ts";

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

/** Milliseconds until it resolves. */
async function timeOf(work: Promise<void>): Promise<number> {
  const began = performance.now();
  await work;
  return performance.now() - began;
}

describe("the announcement of a switch", () => {
  it("has to be known for a while, counted from the first word to these workers", async () => {
    const { announcement, workers } = announcing(join(folder, "first."));
    await announcement.make("blog-main");
    expect(await readdir(folder)).toContain("first.1");
    expect(await timeOf(announcement.ripe())).toBeGreaterThan(90);

    await announcement.make("shop-main");
    expect(await timeOf(announcement.ripe())).toBeLessThan(50);

    workers.generation = 2;
    const unannounced = announcement.ripe();
    expect(await timeOf(unannounced)).toBeGreaterThan(195);
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

  it("stands in nobody's way where it cannot be made, and is logged", async () => {
    const { announcement, logged } = announcing(join(folder, "not/there."));
    await announcement.make("blog-main");
    await announcement.ripe();
    await announcement.passOn([]);
    expect(logged).toHaveLength(3);
    expect(logged[0]).toContain("ENOENT");
  });
});
