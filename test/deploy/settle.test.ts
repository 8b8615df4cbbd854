import { EventEmitter, on } from "node:events";
import { expect, it } from "vitest";
import { keepRight, settle } from "../../src/deploy/care/watch.ts";
import { deferred } from "../../src/system/deferred.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import { addRelease, replica, testWorld, type World } from "./test-parts.ts";
import { soon } from "../support/soon.ts";

const app = "blog-main";

it("what was left of one app that cannot be ended keeps no other down, nor Goku from starting", async () => {
  const world = testWorld();
  const { store } = world.parts;
  addRelease(world, "live");
  world.replicas.clear();
  store.apps.setDefaultBranch("shop", "main");
  const shop = store.apps.create("shop", "main").id;
  store.releases.create({ app: shop, commit: "c", door: "push", by: "ann", reason: "push" });
  const update = () => {
    throw new Error("database or disk is full");
  };
  const full = { ...store, releases: { ...store.releases, update } };
  await settle({ ...world.parts, store: full }, new AbortController().signal);
  expect([...world.replicas.values()].map((each) => each.app)).toEqual([app]);
});

/** Docker that comes back whenever it is told, and what of it is settled each time. */
function comingBack(world: World) {
  const docker = new EventEmitter();
  const settled: Promise<void>[] = [];
  const { background, engine } = world.parts;
  const parts: Parts = {
    ...world.parts,
    engine: {
      ...engine,
      async *watch(signal) {
        for await (const _ of on(docker, "back", { signal })) {
          yield { kind: "engine" };
        }
      },
    },
    background: {
      ...background,
      start(what, work) {
        if (what === "settling after Docker came back") {
          background.start(what, (signal) => (settled[settled.length] = work(signal)));
        } else if (what === "watching the engine" || what === `looking after ${app}`) {
          background.start(what, work);
        }
      },
    },
  };
  return { parts, settled, comeBack: () => docker.emit("back") };
}

it("an app whose repair was cut off when Docker went again is repaired without a look at all apps", async () => {
  const cutOff = deferred<void>();
  let starts = 0;
  const world: World = testWorld({
    engine: {
      async startReplica({ version, index }, signal) {
        starts += 1;
        if (starts === 1) {
          // What it has made goes before it ends.
          await cutOff.promise;
          signal.throwIfAborted();
        }
        const fresh = replica(app, version, index);
        world.replicas.set(fresh.id, fresh);
        return fresh;
      },
    },
  });
  addRelease(world, "live");
  world.replicas.clear();
  const { parts, settled, comeBack } = comingBack(world);
  keepRight(parts);
  comeBack();
  await soon(() => starts).toBe(1);
  comeBack();
  await soon(() => settled.length).toBe(2);
  await settled[1];
  cutOff.resolve();
  await soon(() => world.replicas.size).toBe(1);
  expect(world.routes.get(app)?.sites).toHaveLength(1);
});
