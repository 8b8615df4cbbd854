import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPatientRead } from "../../src/router/certificate/patient-read.ts";
import { deferred } from "../../src/system/deferred.ts";

const patienceMs = 20;

/** Files on a server that is away, beside those that are there. */
function awayWorld() {
  const away = new Map<string, ReturnType<typeof deferred<Buffer>>>();
  const asked: string[] = [];
  const read = createPatientRead((path) => {
    asked.push(path);
    return away.get(path)?.promise ?? Promise.resolve(Buffer.from(path));
  }, patienceMs);
  return {
    asked,
    read: async (path: string) => (await read(path)).toString(),
    leave: (...paths: string[]) => paths.forEach((path) => away.set(path, deferred())),
    async answer(path: string) {
      away.get(path)?.resolve(Buffer.from("late"));
      away.delete(path);
      await turn();
    },
  };
}

describe("a file that cannot be read to its end", () => {
  it("is given up, and keeps no other from being read", async () => {
    const world = awayWorld();
    world.leave("/away");
    const hanging = world.read("/away");

    const other = world.read("/there");

    await expect(hanging).rejects.toThrow("reading /away does not end");
    expect(await other).toBe("/there");
  });

  it("is asked for once, until it answers", async () => {
    const world = awayWorld();
    world.leave("/away");
    for (const _ of [1, 2, 3]) {
      await expect(world.read("/away")).rejects.toThrow("reading /away does not end");
    }
    expect(world.asked).toEqual(["/away"]);

    await world.answer("/away");

    expect(await world.read("/away")).toBe("/away");
  });

  it("has company of one at most: the others are not begun", async () => {
    const world = awayWorld();
    world.leave("/a", "/b", "/c");
    const reads = ["/a", "/b", "/c"].map((path) => world.read(path));

    const ended = await Promise.allSettled(reads);

    expect(world.asked).toEqual(["/a", "/b"]);
    expect(ended.map((one) => (one.status === "rejected" ? String(one.reason) : one))).toEqual([
      "Error: reading /a does not end",
      "Error: reading /b does not end",
      "Error: reading /a and /b does not end",
    ]);
    await world.answer("/b");
    expect(await world.read("/there")).toBe("/there");
  });
});

it("files are read one at a time", async () => {
  let atOnce = 0;
  let most = 0;
  const read = createPatientRead(async (path) => {
    most = Math.max(most, ++atOnce);
    await turn();
    atOnce--;
    return Buffer.from(path);
  });

  const texts = await Promise.all(["/a", "/b", "/c"].map(read));

  expect(texts.map(String)).toEqual(["/a", "/b", "/c"]);
  expect(most).toBe(1);
});

it("a file is read up to a megabyte, and no longer one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "goku-read-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "certificate.pem");
  await writeFile(path, "x".repeat(2 ** 20));
  const read = createPatientRead();
  expect((await read(path)).equals(await readFile(path))).toBe(true);

  // Sparse.
  await truncate(path, 2 ** 30);
  await expect(read(path)).rejects.toThrow("it is longer than 1 MiB");
});
