import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { setAsideBranches } from "../../src/receiver/set-aside.ts";
import { silentLog } from "../support/silent-log.ts";
import { emptyStore, pushOf } from "../store/open.ts";
import { DoorHost } from "./support/door-host.ts";

let host: DoorHost;

beforeAll(async () => {
  host = await DoorHost.start();
});

afterAll(async () => {
  await host.destroy();
});

const pathOf = (repository: string) => join(host.data, "repositories", `${repository}.git`);

function partsOf(store = emptyStore()) {
  return { store, repositories: host.repositories, log: silentLog() };
}

it("lets a push arrive again of which nothing is known any more, and keeps what it led to", async () => {
  const work = await host.work();
  await work.push("ssh", "blog", "main", "main:feature/x");
  const head = await work.must("rev-parse", "HEAD");
  const again = () => work.push("ssh", "blog", "main", "main:feature/x");
  expect((await again()).stderr).toContain("Everything up-to-date");
  await setAsideBranches(partsOf());
  expect(await host.repositories.branches("blog")).toEqual(new Set());
  expect(await host.repositories.tip("blog", `refs/goku/aside/${head}`)).toBe(head);
  host.pushes = [];
  expect((await again()).status).toBe(0);
  expect(host.pushes.map(({ ref }) => ref).sort()).toEqual([
    "refs/heads/feature/x",
    "refs/heads/main",
  ]);
  // A second time, what was set aside before is no obstacle.
  await setAsideBranches(partsOf());
  expect(await host.repositories.branches("blog")).toEqual(new Set());
});

it("leaves the branches of what is live, and of what is being removed, and every tag", async () => {
  const work = await host.work();
  await work.must("tag", "v1");
  const branches = ["main", "leaving", "failed", "unknown"];
  await work.push("ssh", "shop", ...branches.map((branch) => `main:refs/heads/${branch}`), "v1");
  const parts = partsOf();
  const { apps, releases } = parts.store;
  for (const branch of ["main", "leaving", "failed"]) {
    releases.create(pushOf(apps.create("shop", branch).id));
  }
  releases.goLive("shop-main", 1);
  releases.update("shop-failed", 1, { status: "failed" });
  apps.setRemoval("shop-leaving", "app");
  // Of another repository, with a branch of the same name.
  releases.create(pushOf(apps.create("other", "unknown").id));
  releases.goLive("other-unknown", 1);
  await setAsideBranches(parts);
  const left = [...(await host.repositories.branches("shop"))].sort();
  expect(left).toEqual(["refs/heads/leaving", "refs/heads/main"]);
  expect(await host.repositories.tip("shop", "refs/tags/v1")).not.toBeNull();
});

it("looks after the other repositories where one is damaged", async () => {
  const work = await host.work();
  await work.push("ssh", "damaged", "main");
  await work.push("ssh", "whole", "main");
  const lost = "1".repeat(40);
  await writeFile(join(pathOf("damaged"), "refs", "heads", "main"), `${lost}\n`);
  await chmod(join(pathOf("damaged"), "refs", "heads", "main"), 0o644);
  await setAsideBranches(partsOf());
  expect(await host.repositories.tip("damaged", "refs/heads/main")).toBe(lost);
  expect(await host.repositories.branches("whole")).toEqual(new Set());
});
