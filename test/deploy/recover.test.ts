import { describe, expect, it, onTestFinished, vi } from "vitest";
import { finishRemovals, moveRefs, recover } from "../../src/deploy/care/recover.ts";
import { createBackground } from "../../src/deploy/background.ts";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { sweepOnce } from "../../src/deploy/care/watch.ts";
import { setVars } from "../../src/deploy/verbs/config.ts";
import { consulUnavailable, dockerUnavailable, nginxFailed } from "../../src/errors.ts";
import { deferred } from "../../src/system/deferred.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { addRelease, testWorld, type World } from "./test-parts.ts";
import { soon } from "../support/soon.ts";

const app = "blog-main";
const ref = "blog refs/heads/main";
const { signal } = new AbortController();
const request = { by: "ann", byAdmin: true, report: silentReport, signal };

function statuses({ parts }: World): string[] {
  return parts.store.releases.list(app).map(({ status }) => status);
}

/** `config:set COLOR=blue NUMBER=2 OLD=` cut off before anything was written: v2 is proven, and v1 serves. */
function leftChange(): World {
  const world = testWorld();
  const { store, vars } = world.parts;
  void vars.change("blog", { set: { COLOR: "red", OLD: "1" }, remove: [] });
  addRelease(world, "live", { vars: { COLOR: "red", OLD: "1" } });
  addRelease(world, "publishing", { vars: { COLOR: "blue", NUMBER: "2" } });
  store.releases.setUndo(app, 2, { set: { COLOR: "red", OLD: "1" }, remove: ["NUMBER"] });
  return world;
}

function withoutConsul(parts: Parts): Parts {
  const fail = async () => {
    throw consulUnavailable("http://127.0.0.1:8500", new Error("nobody listens"));
  };
  return { ...parts, vars: { ...parts.vars, read: fail, change: fail } };
}

describe("a release that was left", () => {
  it("before publish has failed, and says why", async () => {
    const world = testWorld();
    addRelease(world, "live");
    addRelease(world, "building");
    await recover(world.parts);
    expect(statuses(world)).toEqual(["failed", "live"]);
    expect(world.parts.store.releases.find(app, 2)?.failure).toContain("Goku was stopped");
    expect(world.publishes()).toBe(0);
  });

  it("at publish goes live: routed, kept by Docker, its ref moved", async () => {
    const world = testWorld();
    addRelease(world, "live");
    addRelease(world, "publishing", { commit: "d".repeat(40) });
    world.refs.set(ref, "c".repeat(40));
    await recover(world.parts);
    expect(statuses(world)).toEqual(["live", "retired"]);
    expect(world.routes.get(app)?.sites[0]?.backends).toEqual([{ address: "10.0.2.1", port: 80 }]);
    expect(world.kept).toEqual(["blog-main-2-1"]);
    expect(world.refs.get(ref)).toBe("d".repeat(40));
  });

  it("at publish of a stopped app starts it", async () => {
    const world = testWorld();
    addRelease(world, "live");
    world.parts.store.apps.setStopped(app, true);
    addRelease(world, "publishing");
    await recover(world.parts);
    expect(world.parts.store.apps.find(app)?.stopped).toBe(false);
  });

  it("at publish has failed where one of its replicas is gone", async () => {
    const world = testWorld();
    addRelease(world, "live");
    addRelease(world, "publishing", { scale: 2 });
    world.replicas.delete("blog-main-2-2");
    await recover(world.parts);
    expect(statuses(world)).toEqual(["failed", "live"]);
  });

  it("at publish that has failed takes back what it changed in the vars, and nothing else", async () => {
    const world = testWorld();
    const { store, vars } = world.parts;
    await vars.change("blog", { set: { COLOR: "blue", LATER: "1" }, remove: [] });
    addRelease(world, "live");
    addRelease(world, "publishing", { scale: 2, vars: { COLOR: "blue", NUMBER: "2" } });
    store.releases.setUndo(app, 2, { set: { COLOR: "red" }, remove: ["NUMBER"] });
    await vars.change("blog", { set: { NUMBER: "2" }, remove: [] });
    world.replicas.clear();
    await recover(world.parts);
    expect(statuses(world)).toEqual(["failed", "live"]);
    expect(await vars.read("blog")).toEqual({ COLOR: "red", LATER: "1" });
  });

  it("at publish that has failed leaves what somebody has written since, or removed", async () => {
    const world = testWorld();
    const { store, vars } = world.parts;
    addRelease(world, "live", { vars: { COLOR: "red", OLD: "1", SIZE: "1" } });
    addRelease(world, "publishing", { vars: { COLOR: "blue", NUMBER: "2", SIZE: "2" } });
    store.releases.setUndo(app, 2, {
      set: { COLOR: "red", OLD: "1", SIZE: "1" },
      remove: ["NUMBER"],
    });
    await vars.change("blog", { set: { COLOR: "green", NUMBER: "3", OLD: "4" }, remove: [] });
    world.replicas.clear();
    await recover(world.parts);
    expect(statuses(world)).toEqual(["failed", "live"]);
    expect(await vars.read("blog")).toEqual({ COLOR: "green", NUMBER: "3", OLD: "4" });
  });

  it("by a push at publish leaves alone what was set meanwhile", async () => {
    const world = testWorld();
    addRelease(world, "live");
    addRelease(world, "publishing");
    await world.parts.vars.change("blog", { set: { LATER: "1" }, remove: [] });
    await recover(world.parts);
    expect(statuses(world)).toEqual(["live", "retired"]);
    expect(await world.parts.vars.read("blog")).toEqual({ LATER: "1" });
  });

  it("by a change of vars at publish has those written that are not, and no others", async () => {
    const world = leftChange();
    const { vars } = world.parts;
    await vars.change("blog", { set: { NUMBER: "3", LATER: "1" }, remove: [] });
    await recover(world.parts);
    expect(statuses(world)).toEqual(["live", "retired"]);
    expect(await vars.read("blog")).toEqual({ COLOR: "blue", NUMBER: "3", LATER: "1" });
  });

  it("by a change of vars at publish leaves what somebody has set since, also to what it was", async () => {
    const world = leftChange();
    const change = { set: { COLOR: "red" }, remove: [] };
    await setVars(world.parts, "blog", change, { restart: false }, request);
    await recover(world.parts);
    expect(statuses(world)).toEqual(["live", "retired"]);
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "red", NUMBER: "2" });
  });

  it("is not live without its vars in the store, but once Consul answers", async () => {
    const world = leftChange();
    await recover(withoutConsul(world.parts));
    expect(statuses(world)).toEqual(["publishing", "live"]);
    expect(world.publishes()).toBe(0);
    await recover(world.parts);
    expect(statuses(world)).toEqual(["live", "retired"]);
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "blue", NUMBER: "2" });
  });

  it("has failed where its replicas were sent away until Consul answered", async () => {
    const world = leftChange();
    await recover(withoutConsul(world.parts));
    world.parts.retiring.add("blog-main-2-1");
    await recover(world.parts);
    expect(statuses(world)).toEqual(["failed", "live"]);
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "red", OLD: "1" });
  });

  it("takes no newer one's place", async () => {
    const world = leftChange();
    await recover(withoutConsul(world.parts));
    addRelease(world, "live");
    await recover(world.parts);
    expect(statuses(world)).toEqual(["live", "failed", "retired"]);
    expect(await world.parts.vars.read("blog")).toEqual({ COLOR: "red", OLD: "1" });
  });

  it("is taken back once Consul answers, which keeps nothing else waiting", async () => {
    const world = testWorld();
    const { apps, releases } = world.parts.store;
    const { vars } = world.parts;
    addRelease(world, "live");
    addRelease(world, "publishing", { vars: { NUMBER: "2" } });
    releases.setUndo(app, 2, { set: {}, remove: ["NUMBER"] });
    await vars.change("blog", { set: { NUMBER: "2" }, remove: [] });
    world.replicas.clear();
    apps.setDefaultBranch("shop", "main");
    const shop = apps.create("shop", "main").id;
    releases.create({ app: shop, commit: ref, door: "push", by: "ann", reason: "push" });
    await recover(withoutConsul(world.parts));
    expect(releases.find(shop, 1)?.status).toBe("failed");
    expect(statuses(world)).toEqual(["publishing", "live"]);
    await recover(world.parts);
    expect(statuses(world)).toEqual(["failed", "live"]);
    expect(await vars.read("blog")).toEqual({});
  });

  it("has nothing taken back where another went live since", async () => {
    const world = testWorld();
    addRelease(world, "live");
    addRelease(world, "publishing", { scale: 2 });
    world.parts.store.releases.setUndo(app, 2, { set: {}, remove: ["NUMBER"] });
    await world.parts.vars.change("blog", { set: { NUMBER: "3" }, remove: [] });
    world.replicas.clear();
    addRelease(world, "live");
    await recover(world.parts);
    expect(statuses(world)).toEqual(["live", "failed", "retired"]);
    expect(await world.parts.vars.read("blog")).toEqual({ NUMBER: "3" });
  });

  it("at publish has failed where nginx refuses it", async () => {
    const publish = async () => {
      throw nginxFailed("nginx refused it.");
    };
    const world = testWorld({ router: { publish } });
    addRelease(world, "live");
    addRelease(world, "publishing");
    await recover(world.parts);
    expect(statuses(world)).toEqual(["failed", "live"]);
  });

  it("waits for Docker where that does not answer", async () => {
    const listReplicas = async () => {
      throw dockerUnavailable(new Error("nobody listens"));
    };
    const world = testWorld({ engine: { listReplicas } });
    addRelease(world, "publishing");
    await expect(recover(world.parts)).rejects.toMatchObject({ code: "unavailable" });
    expect(statuses(world)).toEqual(["publishing"]);
  });

  it("by nobody, since this Goku is at work on it, is left alone", async () => {
    const world = testWorld();
    addRelease(world, "building");
    const end = deferred<void>();
    const job = { app, title: "a push", kind: "revision" as const, report: silentReport, signal };
    const running = world.parts.queue.run(job, () => end.promise);
    await recover(world.parts);
    expect(statuses(world)).toEqual(["building"]);
    end.resolve();
    await running;
  });
});

describe("what takes minutes to be ended", () => {
  /** Two apps that were left building, and a Docker that does not end its look at the first one's volumes until `end`. */
  function hungWorld() {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const hung = deferred<void>();
    let asked = 0;
    const volumesMadeFor = async (of: string) => {
      if (of === app) {
        asked += 1;
        await hung.promise;
      }
      return [];
    };
    const world = testWorld({ composer: { volumesMadeFor } });
    onTestFinished(() => hung.resolve());
    addRelease(world, "building");
    const { apps, releases } = world.parts.store;
    apps.setDefaultBranch("shop", "main");
    const shop = apps.create("shop", "main").id;
    releases.create({ app: shop, commit: ref, door: "push", by: "ann", reason: "push" });
    const statusOfShop = () => releases.find(shop, 1)?.status;
    return { world, end: hung.resolve, asked: () => asked, statusOfShop };
  }

  async function recoverInTime(parts: Parts): Promise<void> {
    const recovering = recover(parts);
    await vi.advanceTimersByTimeAsync(5_000);
    await recovering;
  }

  it("keeps nobody else waiting: not the next app, nor the start, nor the next look", async () => {
    const { world, end, asked, statusOfShop } = hungWorld();
    const recovering = recover(world.parts);
    await vi.waitFor(() => expect(statusOfShop()).toBe("failed"));
    await vi.advanceTimersByTimeAsync(5_000);
    await recovering;
    await recover(world.parts);
    expect(asked()).toBe(1);
    expect(statuses(world)).toEqual(["building"]);
    end();
    await world.parts.queue.idle(app);
    expect(statuses(world)).toEqual(["failed"]);
  });

  it("is followed by a look at its app, which the one at all apps has left alone", async () => {
    const { world, end } = hungWorld();
    addRelease(world, "live");
    addRelease(world, "building");
    world.replicas.clear();
    await recoverInTime(world.parts);
    await reconcile(world.parts, signal);
    expect([...world.replicas.keys()]).toEqual([]);
    end();
    await soon(() => [...world.replicas.values()].map(({ version }) => version)).toEqual([2]);
  });

  it("does not wait behind repairs that do not end", async () => {
    const { world, end, statusOfShop } = hungWorld();
    const { queue } = world.parts;
    const hung = deferred<void>();
    const repairs = ["a", "b", "c", "d"].map((id) =>
      queue.run(
        { app: id, title: "a repair", kind: "upkeep", report: silentReport, signal },
        () => hung.promise,
      ),
    );
    await recoverInTime(world.parts);
    expect(statusOfShop()).toBe("failed");
    hung.resolve();
    end();
    await Promise.all([...repairs, queue.idle(app)]);
  });

  it("is logged where it fails in the end", async () => {
    const { world, end } = hungWorld();
    const { log, store } = world.parts;
    const warn = vi.spyOn(log, "warn");
    const update = () => {
      throw new Error("database or disk is full");
    };
    await recoverInTime({ ...world.parts, background: createBackground(log) });
    Object.assign(store.releases, { update });
    end();
    await soon(() => warn.mock.calls).toEqual([
      [{ err: new Error("database or disk is full") }, "ending what was left failed"],
    ]);
  });
});

describe("a release that cannot be called live", () => {
  it("leaves an app that is stopped, or half removed, what it is", async () => {
    const world = testWorld();
    const { store } = world.parts;
    addRelease(world, "live");
    addRelease(world, "publishing");
    store.apps.setStopped(app, true);
    store.apps.setRemoval(app, "app");
    const goLive = () => {
      throw new Error("database or disk is full");
    };
    const full = { ...store, releases: { ...store.releases, goLive } };
    await expect(recover({ ...world.parts, store: full })).rejects.toThrow("disk is full");
    expect(store.apps.find(app)?.stopped).toBe(true);
    expect(store.apps.removals().get(app)).toBe("app");
  });
});

describe("a release that ended without a word of it in the store", () => {
  it("is ended by the next look at all apps, not only by the next start", async () => {
    const world = testWorld();
    addRelease(world, "live");
    addRelease(world, "building");
    await sweepOnce(world.parts, new AbortController().signal);
    expect(statuses(world)).toEqual(["failed", "live"]);
  });
});

describe("the ref of what is live", () => {
  it("follows where git could not move it", async () => {
    const world = testWorld();
    addRelease(world, "live", { commit: "e".repeat(40) });
    await moveRefs(world.parts);
    expect(world.refs.get(ref)).toBe("e".repeat(40));
  });

  it("sets aside what it led to where an older database knows of no such release", async () => {
    const world = testWorld();
    addRelease(world, "live", { commit: "d".repeat(40) });
    world.refs.set(ref, "f".repeat(40));
    await moveRefs(world.parts);
    expect(Object.fromEntries(world.refs)).toEqual({
      [ref]: "d".repeat(40),
      [`blog refs/goku/aside/${"f".repeat(40)}`]: "f".repeat(40),
    });
  });

  it("sets nothing aside that a release of its app was made from", async () => {
    const world = testWorld();
    addRelease(world, "live", { commit: "d".repeat(40) });
    addRelease(world, "live", { commit: "e".repeat(40) });
    world.refs.set(ref, "d".repeat(40));
    await moveRefs(world.parts);
    expect(Object.fromEntries(world.refs)).toEqual({ [ref]: "e".repeat(40) });
  });

  it("stays where a rollback or a config change left it", async () => {
    const world = testWorld();
    addRelease(world, "live", { reason: "rollback to v1", commit: "e".repeat(40) });
    world.refs.set(ref, "f".repeat(40));
    await moveRefs(world.parts);
    expect(world.refs.get(ref)).toBe("f".repeat(40));
  });

  it("in a damaged repository does not keep Goku from starting", async () => {
    const tip = async () => {
      throw new Error("not a git repository");
    };
    const world = testWorld({ repositories: { tip } });
    addRelease(world, "live");
    await expect(moveRefs(world.parts)).resolves.toBeUndefined();
  });
});

describe("a removal that was left", () => {
  function leftRemoval(): World["parts"] {
    const world = testWorld({ repositories: { removeRef: async () => undefined } });
    addRelease(world, "live");
    world.parts.store.apps.setRemoval(app, "app");
    const trees = { ...world.parts.trees, removeAll: async () => undefined };
    return { ...world.parts, trees };
  }

  it("is finished", async () => {
    const parts = leftRemoval();
    finishRemovals(parts);
    await parts.queue.idle(app);
    expect(parts.store.apps.find(app)).toBeNull();
  });

  it("is tried again at the next start where it fails", async () => {
    const parts = leftRemoval();
    const removeAll = async () => {
      throw dockerUnavailable(new Error("nobody listens"));
    };
    finishRemovals({ ...parts, vars: { ...parts.vars, removeAll } });
    await parts.queue.idle(app);
    await soon(() => parts.store.apps.removals().get(app)).toBe("app");
  });
});
