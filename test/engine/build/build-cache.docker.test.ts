import { afterAll, beforeAll, expect, it } from "vitest";
import { createBuildCache } from "../../../src/engine/build/build-cache.ts";
import { buildOf, docker, never, testInstance } from "../support.ts";
import { silentLog } from "../../support/silent-log.ts";

const mebibyte = 2 ** 20;
/** Docker takes one of the small things in it after the other, with a look at all of them in between. */
const less = 2 ** 18;
const test = await testInstance();
const engine = test.connect();

beforeAll(() => engine.start());

afterAll(() => test.destroy());

/** Bytes of the whole machine's. */
async function cacheSize(): Promise<number> {
  const found: { BuildCache: { Size: number; Shared: boolean }[] } = await docker.df();
  return found.BuildCache.reduce((sum, { Size, Shared }) => sum + (Shared ? 0 : Size), 0);
}

/** Leaves in the cache what only a removed image was made of. */
async function buildAndRemove(): Promise<void> {
  const command = `head -c ${20 * mebibyte} /dev/urandom > /random`;
  const Dockerfile = `FROM goku-test/busybox\nRUN : ${test.instance}; ${command}\n`;
  const image = await engine.buildImage(buildOf({ Dockerfile }), () => undefined, never);
  await docker.getImage(image).remove({ force: true });
}

it("keeps the builder's cache within its bound after a build", async () => {
  await buildAndRemove();
  const before = await cacheSize();
  expect(before).toBeGreaterThan(20 * mebibyte);
  const cache = createBuildCache(docker, before - less, silentLog(), 0);
  // The cache is the machine's: whoever builds at this moment makes it larger, and it is made smaller again.
  const trimmed = () => {
    cache.trimSoon();
    return cacheSize();
  };
  const patience = { timeout: 240_000, interval: 500 };
  await expect.poll(trimmed, patience).toBeLessThanOrEqual(before - less);
});
