import { readdir, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askGeneration } from "../../src/router/nginx/status.ts";
import {
  type Host,
  makeCertificate,
  makeHost,
  routeOf,
  startBackend,
  type TestBackend,
} from "./fixture.ts";
import { startLoad } from "./load.ts";

let host: Host;
let backend: TestBackend;

beforeEach(async () => {
  host = await makeHost();
  backend = await startBackend("127.0.0.2", "here");
  const certificate = await makeCertificate(host.folder, "blog");
  await host.router.start();
  await host.publish(routeOf("blog-main", [backend], { certificate }));
});
afterEach(async () => {
  await host.end();
  await backend.close();
});

const reloadTimeoutMs = 10_000;

const bodyOf = async (app: string) => (await host.get(`${app}.example.test`)).body;
const remove = (path: string) => rm(path, { recursive: true, force: true });

/** That the next switch waits for no answer that cannot come, as nginx's reload is waited for at most. */
async function expectQuickPublish(app: string) {
  const prepared = await host.router.prepare(routeOf(app, [backend]));
  const begin = performance.now();
  await host.router.publish([prepared]);
  expect(performance.now() - begin).toBeLessThan(reloadTimeoutMs);
  expect(await bodyOf(app)).toBe("here");
}

describe.each([
  ["by the same Goku", () => host.router],
  ["by one that was restarted", () => host.restarted()],
])("what was removed while nginx runs is there again %s", (_, goku) => {
  it.each(["", "\u0000\u0000\u0000\u0000"])("the state, with %j in its place", async (text) => {
    const [master, generation] = [await host.master(), await askGeneration(host.places.status)];
    await (text === "" ? remove(host.places.state) : writeFile(host.places.state, text));

    await goku().start();

    expect(await host.master()).toBe(master);
    expect(await askGeneration(host.places.status)).toBeGreaterThan(generation!);
    expect(await bodyOf("blog-main")).toBe("here");
    await goku().start();
    await expectQuickPublish("shop-main");
  });

  it("the whole folder: what is published again is served again", async () => {
    const master = await host.master();
    await remove(host.places.folder);

    await goku().start();

    expect(await host.master()).toBe(master);
    expect(await host.router.published()).toEqual([]);
    await expectQuickPublish("shop-main");
  });

  it("the folder and the socket", async () => {
    await remove(host.places.folder);
    await remove(host.places.status);

    await goku().start();

    await expectQuickPublish("shop-main");
  });

  it("the socket, and no request is lost", async () => {
    const [master, load] = [
      await host.master(),
      startLoad(host.httpPort, "blog-main.example.test", 200),
    ];
    await load.more(30);
    await remove(host.places.status);

    await goku().start();

    await load.more(30);
    expect((await load.end()).failures).toEqual([]);
    expect(await host.master()).toBe(master);
    expect(await askGeneration(host.places.status)).not.toBeNull();
  });
});

describe("a socket that was removed", () => {
  it("is made anew by the next switch, which is as quick as others and loses no request", async () => {
    const load = startLoad(host.httpPort, "blog-main.example.test", 200);
    await load.more(30);
    await remove(host.places.status);

    await expectQuickPublish("shop-main");

    await load.more(30);
    expect((await load.end()).failures).toEqual([]);
    expect(await askGeneration(host.places.status)).not.toBeNull();
  });

  it("is made anew also where something else is in its place", async () => {
    await remove(host.places.status);
    await writeFile(host.places.status, "");

    await expectQuickPublish("shop-main");

    expect(await askGeneration(host.places.status)).not.toBeNull();
  });
});

it("one folder is made again, and what was prepared meanwhile stays", async () => {
  await host.router.prepare(routeOf("shop-main", [backend]));
  const prepared = await readdir(host.places.prepared);
  await remove(host.places.temp);

  await host.router.start();

  expect(await readdir(host.places.folder)).toContain(basename(host.places.temp));
  expect(await readdir(host.places.prepared)).toEqual(prepared);
  expect(prepared).toHaveLength(1);
});
