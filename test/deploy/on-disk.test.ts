import { expect, it, vi } from "vitest";
import { moveRefs } from "../../src/deploy/care/recover.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { removeApp } from "../../src/deploy/verbs/remove.ts";
import { notOnDisk } from "../../src/errors.ts";
import { deferred } from "../../src/system/deferred.ts";
import { soon } from "../support/soon.ts";
import { pushWorld } from "./push-world.ts";
import { servingApp as app, servingWorld } from "./serving-world.ts";
import { addRelease, testWorld } from "./test-parts.ts";

/* What was recorded is on the disk before anybody relies on it. */

const dockerfile = (port: number) => `FROM scratch\nEXPOSE ${port}\n`;

function diskOf({ store }: Parts) {
  return vi.spyOn(store, "sync");
}

function refusing(): Promise<void> {
  return Promise.reject(notOnDisk(new Error("EIO: i/o error, fdatasync")));
}

it("tells a pusher that it is live when the disk has it", async () => {
  const world = await pushWorld();
  const { parts, lines } = world;
  const disk = deferred<void>();
  const sync = diskOf(parts).mockReturnValue(disk.promise);
  const pushed = world.push(dockerfile(world.port));
  await soon(() => sync.mock.calls.length).toBe(1);
  expect(parts.store.releases.live(app)?.version).toBe(4);
  expect(lines.join("\n")).not.toContain("is live");
  disk.resolve();
  await pushed;
  expect(lines.join("\n")).toContain("v4 of blog-main is live");
});

it("lets a push go live on a disk that does not confirm it, and says so", async () => {
  const world = await pushWorld();
  diskOf(world.parts).mockImplementation(refusing);
  const release = await world.push(dockerfile(world.port));
  expect(release).toMatchObject({ version: 4, status: "live" });
  expect(world.lines).toContainEqual(
    expect.stringMatching(/^ !     This is done, but the disk has not confirmed it/),
  );
});

it("takes nothing away for good before the disk has it that the app goes", async () => {
  const order: string[] = [];
  const world = await servingWorld({
    repositories: { removeRef: async () => void order.push("branch removed") },
  });
  const trees = { ...world.parts.trees, removeAll: async () => undefined };
  const parts = { ...world.parts, trees };
  const disk = deferred<void>();
  let marked = false;
  const sync = diskOf(parts).mockImplementation(() => {
    marked = parts.store.apps.removals().has(app);
    return disk.promise;
  });
  const found = parts.store.apps.find(app);
  if (found === null) {
    throw new Error("there is no app");
  }
  const { signal } = new AbortController();
  const request = { by: "ann", byAdmin: true, report: silentReport, signal };
  const removed = removeApp(parts, found, { force: false }, request);
  await soon(() => world.replicas.size).toBe(0);
  order.push("on the disk");
  disk.resolve();
  await removed;
  expect([marked, sync.mock.calls.length]).toEqual([true, 1]);
  expect(order).toEqual(["on the disk", "branch removed"]);
});

it("moves a ref only to what the disk has", async () => {
  const world = testWorld();
  const { parts } = world;
  const ref = "blog refs/heads/main";
  addRelease(world, "live");
  const sync = diskOf(parts).mockImplementationOnce(refusing);
  await moveRefs(parts);
  expect(world.refs.has(ref)).toBe(false);
  await moveRefs(parts);
  expect(world.refs.get(ref)).toBe("c".repeat(40));
  await moveRefs(parts);
  expect(sync).toHaveBeenCalledTimes(2);
});
