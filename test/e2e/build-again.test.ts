import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VolumesAnswer } from "../../src/web/answers.ts";
import { databaseStarts, shop } from "../support/compose-apps.ts";
import { exec } from "../support/exec.ts";
import { page } from "../support/sample-apps.ts";
import { soon } from "../support/soon.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", page("the blog")));
  await host.must(host.push("shop", shop({ text: "the shop" })));
  await host.settled();
});

afterAll(async () => {
  await host.destroy();
});

const docker = async (...args: string[]) =>
  (await host.must(exec("docker", args))).stdout.split("\n").filter((line) => line !== "");

/** What of an app this Goku made. */
const made = (app: string) => [
  `--filter=label=goku.instance=${host.instance}`,
  `--filter=label=goku.app=${app}`,
];

/** Ids of what was built. */
const imagesOf = (app: string) => docker("image", "ls", "-q", "--no-trunc", ...made(app));

/** As `docker image prune -a` does, once no container needs them. */
async function loseImages(app: string): Promise<void> {
  const images = await imagesOf(app);
  expect(images).not.toEqual([]);
  await docker("rmi", "-f", ...images);
  expect(await imagesOf(app)).toEqual([]);
}

/** Containers and images are gone when Goku starts, as from a backup: volumes and repositories are there. */
async function restore(...apps: readonly string[]): Promise<void> {
  await host.end();
  for (const app of apps) {
    await docker("rm", "-f", ...(await docker("ps", "-aq", ...made(app))));
    await loseImages(app);
  }
  await host.serve();
}

const status = async (app: string) => (await host.octo("status", app)).stdout;

describe.each([
  ["blog", "the blog"],
  ["shop", "the shop"],
])("%s, whose image is gone", (app, text) => {
  it("is built again by octo start where it was stopped", async () => {
    await host.must(host.octo("stop", app));
    await host.settled();
    await loseImages(`${app}-main`);
    const started = await host.must(host.octo("start", app));
    expect(started.stdout).toContain("no longer on this server, and made again");
    expect(started.stdout).toContain(`Building ${app}-main v2`);
    expect((await host.see(app)).body.trim()).toBe(text);
    expect(await status(app)).toBe(`${app}: OK\n`);
    expect((await host.octo("logs", app, "--build", "v2")).stdout).toContain("COPY");
  });
});

describe("apps from a backup", () => {
  it("are down, and what they say names what helps", async () => {
    await restore("blog-main", "shop-main");
    for (const app of ["blog", "shop"]) {
      expect(await status(app)).toBe(`${app}: DOWN\n`);
      expect((await host.octo("info", app)).stdout).toContain(`octo restart ${app}`);
      const ran = await host.octo("run", app, "--", "true");
      expect(ran.stderr).toContain("is no longer on this server");
      expect(ran.stderr).toContain(`octo restart ${app}`);
      await soon(async () => (await host.see(app)).status).toBe(503);
      expect((await host.see(app)).body).toContain("This app is not running");
    }
  });

  it("are built again by octo restart, with what their volumes keep", async () => {
    for (const [app, text] of [
      ["blog", "the blog"],
      ["shop", "the shop"],
    ] as const) {
      const restarted = await host.must(host.octo("restart", app));
      expect(restarted.stdout).toContain(`Building ${app}-main v3`);
      expect(restarted.stdout).not.toContain("keeps running");
      expect((await host.see(app)).body.trim()).toBe(text);
      expect(await status(app)).toBe(`${app}: OK\n`);
    }
    expect(await databaseStarts(host, "shop")).toBeGreaterThan(1);
    const { volumes } = await host.octoJson<VolumesAnswer>("volumes", "shop");
    expect(volumes).toHaveLength(1);
  });

  it("have the volumes that were put back with Goku's labels", async () => {
    const before = await databaseStarts(host, "shop");
    const { volumes } = await host.octoJson<VolumesAnswer>("volumes", "shop");
    const [name = ""] = volumes.map((volume) => volume.name);
    const busybox = (...args: string[]) => docker("run", "--rm", ...args);
    const there = `${host.folder}:/backup`;
    await host.must(host.octo("stop", "shop"));
    await busybox(
      "-v",
      `${name}:/data:ro`,
      "-v",
      there,
      "goku-test/busybox",
      "tar",
      "czf",
      "/backup/data.tgz",
      "-C",
      "/data",
      ".",
    );
    await restore("shop-main");
    await docker("volume", "rm", name);
    await docker(
      "volume",
      "create",
      "--label",
      `goku.instance=${host.instance}`,
      "--label",
      "goku.app=shop-main",
      name,
    );
    await busybox(
      "-v",
      `${name}:/data`,
      "-v",
      there,
      "goku-test/busybox",
      "tar",
      "xzf",
      "/backup/data.tgz",
      "-C",
      "/data",
    );
    await host.must(host.octo("start", "shop"));
    expect(await databaseStarts(host, "shop")).toBe(before + 1);
    const after = await host.octoJson<VolumesAnswer>("volumes", "shop");
    expect(after.volumes.map((volume) => volume.name)).toEqual([name]);
  });

  it("are brought back by octo start, too, although nobody stopped them", async () => {
    await restore("blog-main", "shop-main");
    for (const app of ["blog", "shop"]) {
      const started = await host.must(host.octo("start", app));
      expect(started.stdout).not.toContain("runs already");
      expect(await status(app)).toBe(`${app}: OK\n`);
      const again = await host.must(host.octo("start", app));
      expect(again.stdout).toContain(`${app} runs already`);
    }
  });
});
