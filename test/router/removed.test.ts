import { readdir, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { askGeneration } from "../../src/router/nginx/status.ts";
import { routeOf } from "./fixture.ts";
import { startLoad } from "./load.ts";
import { expectQuickPublish, remove, servingHosts } from "./serving-host.ts";

const serving = servingHosts();

describe("a socket that was removed", () => {
  it("is made anew by the next switch, which is as quick as others and loses no request", async () => {
    const { host } = serving();
    const load = startLoad(host.httpPort, "blog-main.example.test", 200);
    await load.more(30);
    await remove(host.places.status);

    await expectQuickPublish(serving(), "shop-main");

    await load.more(30);
    expect((await load.end()).failures).toEqual([]);
    expect(await askGeneration(host.places.status)).not.toBeNull();
  });

  it("is made anew also where something else is in its place", async () => {
    const { host } = serving();
    await remove(host.places.status);
    await writeFile(host.places.status, "");

    await expectQuickPublish(serving(), "shop-main");

    expect(await askGeneration(host.places.status)).not.toBeNull();
  });
});

it("one folder is made again, and what was prepared meanwhile stays", async () => {
  const { host } = serving();
  await host.router.prepare(routeOf("shop-main", [serving().backend]));
  const prepared = await readdir(host.places.prepared);
  await remove(host.places.temp);

  await host.router.start();

  expect(await readdir(host.places.folder)).toContain(basename(host.places.temp));
  expect(await readdir(host.places.prepared)).toEqual(prepared);
  expect(prepared).toHaveLength(1);
});
