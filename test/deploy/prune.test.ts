import { expect, it } from "vitest";
import { clearUp } from "../../src/deploy/care/clear-up.ts";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { sweepOnce } from "../../src/deploy/care/watch.ts";
import { addRelease, testWorld, type World } from "./test-parts.ts";
import { soon } from "../support/soon.ts";

const app = "blog-main";
const { signal } = new AbortController();

/** A server on which v1 is live and v2 has failed, and what each look for images that nobody needs was told to keep. */
function leftWorld(isAllGone: (world: World) => boolean) {
  const kept: (readonly string[])[] = [];
  const world: World = testWorld({
    engine: {
      async pruneImages(_app, images) {
        kept.push(images);
        return isAllGone(world);
      },
    },
  });
  addRelease(world, "live");
  addRelease(world, "failed");
  return { world, kept };
}

it("what a Goku that was killed did not come to is cleared up after once", async () => {
  const { world, kept } = leftWorld(() => true);
  world.replicas.delete("blog-main-2-1");
  await sweepOnce(world.parts, signal);
  await soon(() => world.parts.store.apps.uncleared()).toEqual([]);
  await sweepOnce(world.parts, signal);
  await world.parts.background.close();
  expect(kept).toEqual([["sha256:1"]]);
});

it("networks that a Goku that was killed had made go, and if they cannot, at the next look", async () => {
  const world = testWorld({
    composer: {
      async removeUnusedNetworks() {
        asked += 1;
        if (asked === 1) {
          throw new Error("Docker broke it off");
        }
      },
    },
  });
  let asked = 0;
  addRelease(world, "live");
  addRelease(world, "failed");
  world.replicas.delete("blog-main-2-1");
  await sweepOnce(world.parts, signal);
  await soon(() => asked).toBe(1);
  await world.parts.queue.idle(app);
  expect(world.parts.store.apps.uncleared()).toHaveLength(1);
  await sweepOnce(world.parts, signal);
  await soon(() => world.parts.store.apps.uncleared()).toEqual([]);
  expect(asked).toBe(2);
});

it("an image that is in use goes at a later look", async () => {
  let isInUse = true;
  const { world, kept } = leftWorld(() => !isInUse);
  const { queue, store } = world.parts;
  world.replicas.delete("blog-main-2-1");
  await sweepOnce(world.parts, signal);
  await soon(() => kept.length).toBeGreaterThan(0);
  await queue.idle(app);
  expect(store.apps.uncleared()).toHaveLength(1);
  isInUse = false;
  await sweepOnce(world.parts, signal);
  await soon(() => store.apps.uncleared()).toEqual([]);
});

it("the image of a candidate that was left goes right after it", async () => {
  const { world, kept } = leftWorld(({ replicas }) => !replicas.has("blog-main-2-1"));
  await reconcile(world.parts, signal);
  await soon(() => world.parts.store.apps.uncleared()).toEqual([]);
  expect(kept).toEqual([["sha256:1"]]);
});

it("many apps are cleared up after one after the other, also behind one that cannot be", async () => {
  let atOnce = 0;
  const cleared: string[] = [];
  const world = testWorld({
    engine: {
      async pruneImages(id) {
        atOnce += 1;
        expect(atOnce).toBe(1);
        await new Promise(setImmediate);
        atOnce -= 1;
        if (id === "a-main") {
          throw new Error("Docker broke it off");
        }
        cleared.push(id);
        return true;
      },
    },
  });
  for (const repository of ["a", "b", "c"]) {
    const { id } = world.parts.store.apps.create(repository, "main");
    const pushed = { commit: "c", door: "push", by: "ann", reason: "push" } as const;
    world.parts.store.releases.create({ app: id, ...pushed });
  }
  clearUp(world.parts);
  await soon(() => cleared.toSorted()).toEqual(["b-main", "c-main"]);
  await soon(() => world.parts.store.apps.uncleared()).toHaveLength(1);
});
