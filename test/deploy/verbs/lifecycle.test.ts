import { describe, expect, it } from "vitest";
import { reconcileApp } from "../../../src/deploy/care/reconcile.ts";
import { finishRemovals } from "../../../src/deploy/care/recover.ts";
import { removeApp } from "../../../src/deploy/verbs/remove.ts";
import { nginxFailed, tooManyVars } from "../../../src/errors.ts";
import { restart } from "../../../src/deploy/verbs/restart.ts";
import { startApp, stopApp } from "../../../src/deploy/verbs/stop.ts";
import { deferred } from "../../../src/system/deferred.ts";
import { projectWorld, type ProjectWorld } from "./project-world.ts";
import { soon } from "../../support/soon.ts";

function appNow({ parts, app }: ProjectWorld) {
  return parts.store.apps.find(app.id) ?? app;
}

describe("octo restart of a project", () => {
  it("makes new containers of what can have a twin, and says how to restart the rest", async () => {
    const world = await projectWorld();
    expect(await restart(world.parts, world.app, null, world.request)).toMatchObject({
      version: 2,
      reason: "restart",
    });
    expect(world.idsOf("db")).toEqual(["db-1"]);
    expect(world.acts).not.toContain("stop db-1");
    expect(world.lines.join("\n")).toContain(
      "db keeps running, since it writes to the volume data; to restart it, too: octo restart shop db",
    );
    await soon(() => world.idsOf("worker").length).toBe(1);
    expect(world.idsOf("worker")).not.toContain("worker-1");
    expect(world.idsOf("web")).not.toContain("web-1");
  });

  it("of one service takes that one's place, where two cannot run", async () => {
    const world = await projectWorld();
    const release = await restart(world.parts, world.app, "db", world.request);
    expect(release.reason).toBe("restart of db");
    expect(world.acts).toContain("stop db-1");
    await soon(() => world.idsOf("db").length).toBe(1);
    expect(world.idsOf("db")).not.toContain("db-1");
    expect(world.idsOf("worker")).toEqual(["worker-1"]);
  });

  it("waits for a look at the app, which need not find anything broken", async () => {
    const started = deferred<void>();
    const world = await projectWorld({ composer: { startService: () => started.promise } });
    world.set("db-1", { state: "exited" });
    const { signal } = new AbortController();
    const look = reconcileApp(world.parts, world.app, signal);
    await soon(() => world.parts.queue.busy(world.app.id)).toBe(true);
    const gone = new AbortController();
    const waiting = restart(world.parts, world.app, "db", {
      ...world.request,
      signal: gone.signal,
    });
    expect(world.lines.join("\n")).toContain("Waiting for Goku's check of shop");
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    started.resolve();
    await look;
  });

  it("of a service that there is not makes no release", async () => {
    const world = await projectWorld();
    await expect(restart(world.parts, world.app, "bd", world.request)).rejects.toMatchObject({
      code: "not-found",
      hint: "Did you mean db?",
    });
    expect(world.parts.store.releases.list(world.app.id)).toHaveLength(1);
  });
});

describe("octo stop of a project", () => {
  it("lets requests end, and stops each service before those it depends on", async () => {
    const world = await projectWorld();
    await stopApp(world.parts, world.app, world.request);
    const stops = world.acts.filter((act) => !act.startsWith("keep"));
    expect(stops).toEqual(["drained 127.0.0.1", "stop web-1", "stop worker-1", "stop db-1"]);
  });

  it("keeps the containers, also over a reboot and the next look at them", async () => {
    const world = await projectWorld();
    const before = [...world.containers.keys()];
    await stopApp(world.parts, world.app, world.request);
    await reconcileApp(world.parts, appNow(world), new AbortController().signal);
    expect([...world.containers.keys()]).toEqual(before);
    expect([...world.containers.values()].every(({ state }) => state === "exited")).toBe(true);
    // Whatever the file says: what is told to Docker is `unless-stopped`. The job is done, and stays so.
    const kept = world.acts.filter((act) => act.startsWith("keep"));
    expect(kept.sort()).toEqual(["keep db-1", "keep web-1", "keep worker-1"]);
  });

  it("is undone by start, with the same database", async () => {
    const world = await projectWorld();
    await stopApp(world.parts, world.app, world.request);
    await startApp(world.parts, appNow(world), world.request);
    expect(appNow(world).stopped).toBe(false);
    expect(world.containers.get("db-1")?.state).toBe("running");
    expect(world.containers.get("worker-1")?.state).toBe("running");
    await soon(() => world.idsOf("web").length).toBe(1);
    expect(world.idsOf("web")).not.toContain("web-1");
  });
});

describe("octo remove of a project", () => {
  it("lets requests end before it takes what answers them", async () => {
    const world = await projectWorld();
    await removeApp(world.parts, world.app, { force: false }, world.request);
    const [drained, stopped] = ["drained 127.0.0.1", "stop web-1"].map((act) =>
      world.acts.indexOf(act),
    );
    expect(drained).toBeGreaterThanOrEqual(0);
    expect(stopped).toBeGreaterThan(drained ?? 0);
  });

  it("says what is kept, and that only admins can take it afterwards", async () => {
    const world = await projectWorld();
    const createdAt = "2026-01-01T00:00:00.000Z";
    world.volumes.push({ name: "shop-main_data", used: true, createdAt });
    await removeApp(world.parts, world.app, { force: false }, world.request);
    expect(world.lines.slice(-2)).toEqual([
      expect.stringContaining("Its volumes and its repository are kept"),
      expect.stringContaining(
        "Now that shop is gone, only an admin can take that, too: octo remove shop",
      ),
    ]);
    const without = await projectWorld();
    await removeApp(without.parts, without.app, { force: false }, without.request);
    expect(without.lines.at(-2)).toContain("Its repository is kept");
  });

  it("takes away containers, networks and trees, and keeps what was written", async () => {
    const world = await projectWorld();
    await removeApp(world.parts, world.app, { force: false }, world.request);
    expect([...world.containers.keys()]).toEqual([]);
    expect(world.acts).toContain("removeUnusedNetworks shop-main");
    expect(world.acts).toContain("removeTrees shop-main false");
    expect(world.acts).toContain("forget shop-main");
  });

  it("by a deleted branch takes nothing where somebody has moved that meanwhile", async () => {
    const world = await projectWorld();
    const [seen, now] = ["c".repeat(40), "d".repeat(40)];
    const before = [...world.containers.keys()];
    let tip = now;
    const repositories = { ...world.parts.repositories, tip: async () => tip };
    const parts = { ...world.parts, repositories };
    const removal = { force: false, pushedFrom: seen };
    const removed = () => removeApp(parts, world.app, removal, world.request);
    await expect(removed()).rejects.toMatchObject({ code: "conflict" });
    expect([...world.containers.keys()]).toEqual(before);

    // A push that is past its point of no return moves it while the removal waits.
    tip = seen;
    const job = { app: world.app.id, title: "a push", kind: "revision" as const, ...world.request };
    const pushed = parts.queue.run(job, async (turn) => {
      turn.commit();
      const waiting = expect(removed()).rejects.toMatchObject({ code: "conflict" });
      await new Promise(setImmediate);
      tip = now;
      return { waiting };
    });
    await (
      await pushed
    ).waiting;
    expect([...world.containers.keys()]).toEqual(before);

    tip = seen;
    await removed();
    expect([...world.containers.keys()]).toEqual([]);
  });

  it("by a deleted branch takes that branch, too, where nobody waits any more for git to do it", async () => {
    const world = await projectWorld();
    const seen = "c".repeat(40);
    const branch = { tip: seen };
    const gone = new AbortController();
    const repositories = {
      ...world.parts.repositories,
      tip: async () => branch.tip,
      moveRef: async (_repository: string, _ref: string, to: string, from: string | null) => {
        expect(from).toBe(branch.tip);
        branch.tip = to;
        return true;
      },
    };
    const removeAll = async () => gone.abort();
    const parts = { ...world.parts, repositories, trees: { ...world.parts.trees, removeAll } };
    const request = { ...world.request, signal: gone.signal };
    await removeApp(parts, world.app, { force: false, pushedFrom: seen }, request);
    expect(branch.tip).toBe("0".repeat(40));
    expect(parts.store.apps.find(world.app.id)).toBeNull();
  });

  it("that fails leaves the app with its vars, also where they are more than one change can hold", async () => {
    const world = await projectWorld();
    await world.parts.vars.change(world.app.name, { set: { COLOR: "blue" }, remove: [] });
    const remove = async () => {
      throw nginxFailed("nginx was killed.");
    };
    const change = async () => {
      throw tooManyVars(world.app.name, 65, 64);
    };
    const { router, vars } = world.parts;
    const parts = {
      ...world.parts,
      router: { ...router, remove },
      vars: { ...vars, change },
    };
    await expect(removeApp(parts, world.app, { force: false }, world.request)).rejects.toThrow(
      "nginx was killed.",
    );
    expect(await parts.vars.read(world.app.name)).toEqual({ COLOR: "blue" });
    expect(parts.store.apps.removals().size).toBe(0);
  });

  it("that fails when its images are going is finished by the next look at all apps", async () => {
    const world = await projectWorld();
    let isAway = true;
    const pruneImages = async () => {
      if (isAway) {
        throw new Error("Docker does not answer.");
      }
      return true;
    };
    const parts = { ...world.parts, engine: { ...world.parts.engine, pruneImages } };
    await expect(
      removeApp(parts, world.app, { force: false }, world.request),
    ).rejects.toMatchObject({ code: "unavailable" });
    expect(parts.store.apps.find(world.app.id)).not.toBeNull();
    isAway = false;
    finishRemovals(parts);
    await soon(() => parts.store.apps.find(world.app.id)).toBeNull();
  });

  it("by force takes the kept folders, too, and volumes by their label", async () => {
    const world = await projectWorld();
    const engine = {
      ...world.parts.engine,
      removeVolumes: async (app: string) => void world.acts.push(`removeVolumes ${app}`),
    };
    const repositories = { ...world.parts.repositories, remove: async () => undefined };
    const parts = { ...world.parts, engine, repositories };
    await removeApp(parts, world.app, { force: true }, world.request);
    expect(world.acts).toContain("removeTrees shop-main true");
    expect(world.acts.at(-1)).toBe("removeVolumes shop-main");
  });
});
