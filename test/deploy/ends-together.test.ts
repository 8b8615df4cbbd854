import { describe, expect, it } from "vitest";
import { makeRoom } from "../../src/deploy/containers/make-room.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { removeServices } from "../../src/deploy/services/remove-services.ts";
import { retireServices } from "../../src/deploy/services/retire-services.ts";
import { removeApp } from "../../src/deploy/verbs/remove.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import { deferred } from "../../src/system/deferred.ts";
import { container } from "./compose-parts.ts";
import { addRelease, replica, testWorld } from "./test-parts.ts";
import { soon } from "../support/soon.ts";

const { signal } = new AbortController();
const request = { by: "ann", byAdmin: true, report: silentReport, signal };
const services = ["broken", "slow"].map((id) => container(id, { service: id }));

/** Two containers, of which Docker cannot stop the first, and takes until `end` for the second. */
function stoppingWorld(slow = "slow") {
  const stopping = deferred<void>();
  const end = deferred<void>();
  const world = testWorld({
    engine: {
      async stopReplica(id) {
        if (id === slow) {
          stopping.resolve();
          await end.promise;
        } else {
          throw new Error("Docker could not stop it");
        }
      },
    },
    composer: { listServices: async () => services },
  });
  addRelease(world, "live", { scale: 2 });
  const app = world.parts.store.apps.find("blog-main");
  if (app === null) {
    throw new Error("there is no app");
  }
  return { world, parts: world.parts, app, stopping: stopping.promise, end: () => end.resolve() };
}

/** Whether it goes on for as long as the second one takes, and how it ends. */
async function watchEnd(
  { stopping, end }: ReturnType<typeof stoppingWorld>,
  work: Promise<unknown>,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const ended = work.catch((error: unknown) => seen.push(String(error)));
  await stopping;
  await new Promise(setImmediate);
  seen.push("the second one ends");
  end();
  await ended;
  return seen;
}

const inOrder = ["the second one ends", "Error: Docker could not stop it"];

describe("where one of several containers cannot be ended, whoever has the app next waits for the others:", () => {
  it("those that make room", async () => {
    const stop = stoppingWorld();
    const holders = ["broken", "slow"].map((id) => ({
      replica: { ...replica("blog-main", 1), id },
      why: "It holds the port",
    }));
    const work = makeRoom(stop.parts, holders, silentReport);
    expect(await watchEnd(stop, work)).toEqual(inOrder);
  });

  it("those of a project that goes", async () => {
    const stop = stoppingWorld();
    expect(await watchEnd(stop, removeServices(stop.parts, "shop-main"))).toEqual(inOrder);
  });

  it("those of an app that goes, which comes back with all it had", async () => {
    const stop = stoppingWorld("blog-main-1-2");
    const { parts, world } = stop;
    const work = removeApp(withoutServices(parts), stop.app, { force: false }, request);
    const ended = ["the second one ends", "Error: Docker could not stop it"];
    expect(await watchEnd(stop, work)).toEqual(ended);
    await soon(() => world.routes.get("blog-main")?.sites[0]?.backends.length).toBe(2);
    expect(world.replicas.size).toBe(2);
  });

  it("those that are on their way out, and nobody's to take", async () => {
    const stop = stoppingWorld();
    const { parts } = stop;
    const taken: boolean[] = [];
    void stop.stopping
      .then(() => new Promise(setImmediate))
      .then(() => taken.push(parts.retiring.has("slow")));
    const work = retireServices(parts, stop.app, services, signal);
    expect(await watchEnd(stop, work)).toEqual(inOrder);
    expect(taken).toEqual([true]);
    expect(parts.retiring.size).toBe(0);
  });
});

function withoutServices(parts: Parts): Parts {
  return { ...parts, composer: { ...parts.composer, listServices: async () => [] } };
}
