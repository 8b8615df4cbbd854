import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Route } from "../../src/route.ts";
import {
  type Host,
  listen,
  makeCertificate,
  makeHost,
  routeOf,
  startBackend,
  type TestBackend,
} from "./fixture.ts";
import { startLoad } from "./load.ts";
import { inVainMs } from "./serving-host.ts";

let host: Host;
let old: TestBackend;
let next: TestBackend;

beforeAll(async () => {
  host = await makeHost();
  [old, next] = [await startBackend("127.0.0.2", "old"), await startBackend("127.0.0.3", "new")];
  await host.router.start();
  await host.publish(routeOf("blog-main", [old]), routeOf("shop-main", [old]));
});
afterAll(async () => {
  await host.end();
  await Promise.all([old.close(), next.close()]);
});

const bodyOf = async (app: string) => (await host.get(`${app}.example.test`)).body;
const prepare = (route: Route) => host.router.prepare(route);

/** A route that nginx takes alone and not together with blog-main: its template has the same upstream. */
async function clashing(app: string): Promise<Route> {
  const template = join(host.folder, "clash.hbs");
  await writeFile(
    template,
    "upstream blog-main { server 127.0.0.9:1; }\n" +
      "server { listen {{http}}; server_name {{serverNames}}; return 200 'clash'; }\n",
  );
  return routeOf(app, [next], { template });
}

describe("a reload that nginx refuses without a word to us", () => {
  it("is noticed at once, says why, and leaves what was", async () => {
    const bad = await prepare(await clashing("zclash-main"));
    const load = startLoad(host.httpPort, "blog-main.example.test", 100);
    const beginning = performance.now();
    await host.publish(routeOf("shop-main", [old]));
    const begun = performance.now();
    const usualMs = begun - beginning;

    await expect(host.router.publish([bad])).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(
        /nginx refused the new configuration: duplicate upstream "blog-main".* The previous routes are in place\./,
      ),
    });

    // Not after the timeout of a reload: nginx's own log told. What was is made live again in the usual time.
    expect(performance.now() - begun - usualMs).toBeLessThan(inVainMs);
    expect((await host.get("zclash-main.example.test")).status).toBe(404);
    expect(await bodyOf("blog-main")).toBe("old");
    expect(await host.router.published()).toEqual(["blog-main", "shop-main"]);
    expect((await load.end()).failures).toEqual([]);
  });

  it("brings back the last good route of the app itself", async () => {
    await host.publish(routeOf("zclash-main", [old]));
    const bad = await prepare(await clashing("zclash-main"));

    await expect(host.router.publish([bad])).rejects.toThrow("duplicate upstream");

    expect(await bodyOf("zclash-main")).toBe("old");
    await host.publish(routeOf("zclash-main", [next]));
    expect(await bodyOf("zclash-main")).toBe("new");
    await host.router.remove("zclash-main");
  });

  it("fails only the bad one of those that came together", async () => {
    const routes = [
      await prepare(routeOf("blog-main", [next])),
      await prepare(await clashing("zclash-main")),
      await prepare(routeOf("shop-main", [next])),
    ];

    const outcomes = await Promise.allSettled(routes.map((route) => host.router.publish([route])));

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect([await bodyOf("blog-main"), await bodyOf("shop-main")]).toEqual(["new", "new"]);
  });

  it("fails all routes of one call, which belong together", async () => {
    const routes = [
      await prepare(routeOf("shop-main", [old])),
      await prepare(await clashing("zclash-main")),
    ];

    await expect(host.router.publish(routes)).rejects.toThrow("duplicate upstream");

    expect(await bodyOf("shop-main")).toBe("new");
  });

  it("on a port that another program has names both", async () => {
    const other = createServer();
    await listen(other, host.httpsPort, "127.0.0.1");
    const certificate = await makeCertificate(host.folder, "taken");
    const route = await prepare(routeOf("secure-main", [old], { certificate }));

    await expect(host.router.publish([route])).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(
        new RegExp(`127.0.0.1:${host.httpsPort}.*taken by .*\\(process ${process.pid}\\)`),
      ),
    });
    await new Promise((resolve) => other.close(resolve));

    expect(await bodyOf("shop-main")).toBe("new");
    await host.router.publish([route]);
    expect(await bodyOf("secure-main")).toBe("old");
    await host.router.remove("secure-main");
  });
});

describe("somebody else's vhost that went bad on disk", () => {
  it("does not stop a publish: a file that is gone takes only the app off the air whose template names it", async () => {
    const [template, included] = [join(host.folder, "including.hbs"), join(host.folder, "names")];
    await writeFile(included, "server_name secure-main.example.test;");
    await writeFile(
      template,
      `server { listen {{http}}; include ${included}; return 200 'here'; }`,
    );
    await host.publish(routeOf("secure-main", [old], { template }));
    expect(await bodyOf("secure-main")).toBe("here");
    await rm(included);

    await host.publish(routeOf("blog-main", [old]));

    expect(await bodyOf("blog-main")).toBe("old");
    expect((await host.get("secure-main.example.test")).status).toBe(404);
    expect(await readdir(host.places.apps)).toContain("secure-main.conf.broken");
  });

  it("falls back to what it was before, when that is in order", async () => {
    await host.publish(routeOf("shop-main", [old]));
    await host.publish(routeOf("shop-main", [next]));
    const path = join(host.places.apps, "shop-main.conf");
    await writeFile(path, `${await readFile(path, "utf8")} half a li`);

    await host.publish(routeOf("blog-main", [next]));

    expect(await bodyOf("blog-main")).toBe("new");
    expect(await bodyOf("shop-main")).toBe("old");
  });
});
