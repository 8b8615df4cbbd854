import { cp } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { nginxFailed } from "../../src/errors.ts";
import type { Router } from "../../src/ports.ts";
import { deferred } from "../../src/system/deferred.ts";
import { clock } from "../support/clock.ts";
import { type Host, makeCertificate, makeHost } from "../router/fixture.ts";
import { project, replica, testWorld, type World } from "./test-parts.ts";

const { signal } = new AbortController();

/** Apps that are live, with one replica each, as `<name>-main`. */
function addLive(world: World, names: readonly string[], vars: Record<string, string> = {}): void {
  const { apps, releases } = world.parts.store;
  for (const name of names) {
    apps.setDefaultBranch(name, "main");
    const app = apps.create(name, "main");
    const { version } = releases.create({
      app: app.id,
      commit: "c".repeat(40),
      door: "push",
      by: "ann",
      reason: "push",
    });
    const domains = [`${name}.goku.test`];
    releases.update(app.id, version, { image: "sha256:1", project, vars, domains, scale: 1 });
    releases.goLive(app.id, version);
    const one = replica(app.id, version);
    world.replicas.set(one.id, one);
  }
}

/** As Docker does it that starts everything anew. */
function moveAll(world: World, address: string): void {
  world.replicas.forEach((one, id) => world.replicas.set(id, { ...one, address }));
}

const addressOf = (world: World, app: string) =>
  world.routes.get(app)?.sites[0]?.backends.map(({ address }) => address);

describe("routes that many apps lack", () => {
  let host: Host;
  const names = Array.from({ length: 40 }, (_, at) => `app-${at}`);

  beforeAll(async () => {
    host = await makeHost();
    await host.router.start();
  });
  afterAll(async () => host.end());

  it("go live together when a certificate of them all is renewed", async () => {
    const files = await makeCertificate(host.folder, "wildcard");
    const world = testWorld({ router: host.router });
    addLive(world, names, { SSL_CERTIFICATE: files.certificate, SSL_KEY: files.key });
    await reconcile(world.parts, signal);
    const before = await generation();
    const vhosts = await host.router.published();
    expect(vhosts).toHaveLength(names.length);

    const renewed = await makeCertificate(host.folder, "renewed");
    await cp(renewed.certificate, files.certificate);
    await cp(renewed.key, files.key);
    const began = performance.now();
    await reconcile(world.parts, signal);

    // Where the machine is so busy that they take longer than a push should wait, there is another.
    const mostSwitches = 1 + Math.floor((performance.now() - began) / 2_000);
    const after = await generation();
    expect(after - before).toBeGreaterThanOrEqual(1);
    expect(after - before).toBeLessThanOrEqual(mostSwitches);
    await reconcile(world.parts, signal);
    expect(await generation()).toBe(after);
  });

  async function generation(): Promise<number> {
    return Number(/leaving\.(\d+);/.exec(await host.state())?.[1]);
  }
});

describe("a route among many", () => {
  it("that nginx refuses keeps no other from being put", async () => {
    const world = testWorld();
    addLive(world, ["bad", "good"]);
    const inner = world.parts.router;
    const router: Router = {
      ...inner,
      publish: async (routes) => {
        if (routes.some(({ app }) => app === "bad-main")) {
          throw nginxFailed("nginx does not accept it.");
        }
        await inner.publish(routes);
      },
    };

    await reconcile({ ...world.parts, router }, signal);

    expect(addressOf(world, "good-main")).toEqual(["10.0.1.1"]);
    expect(addressOf(world, "bad-main")).toBeUndefined();
  });

  it("is left to its app's work where there is some, and the others do not wait for that", async () => {
    const world = testWorld();
    addLive(world, ["busy", "free"]);
    const work = deferred<void>();
    const title = "a push";
    const kind = "change" as const;
    let isPut = false;
    const isPublished = async () => {
      // It comes once all apps have been looked at, and goes on for longer than anybody would wait.
      if (!isPut) {
        isPut = true;
        void world.parts.queue.run(
          { app: "busy-main", title, kind, report: silentReport, signal },
          () => work.promise,
        );
      }
      return false;
    };
    const router = { ...world.parts.router, isPublished };

    await reconcile({ ...world.parts, router }, signal);

    expect(addressOf(world, "free-main")).toEqual(["10.0.1.1"]);
    expect(addressOf(world, "busy-main")).toBeUndefined();
    work.resolve();
  });

  it("is put in its app's turn, so that a push which comes meanwhile has the last word", async () => {
    const world = testWorld();
    addLive(world, ["blog", "shop"]);
    const isPublishing = deferred<void>();
    const mayPublish = deferred<void>();
    const order: string[] = [];
    const inner = world.parts.router;
    const router: Router = {
      ...inner,
      publish: async (routes) => {
        isPublishing.resolve();
        await mayPublish.promise;
        order.push("routes");
        await inner.publish(routes);
      },
    };
    const looking = reconcile({ ...world.parts, router }, signal);
    await isPublishing.promise;

    const pushes = ["blog-main", "shop-main"].map((app) =>
      world.parts.queue.run(
        { app, title: "a push", kind: "change", report: silentReport, signal },
        async () => order.push(app),
      ),
    );
    await turn();
    mayPublish.resolve();
    await Promise.all([looking, ...pushes]);

    expect(order.slice(0, 2)).toEqual(["routes", "routes"]);
    expect(order.slice(2).sort()).toEqual(["blog-main", "shop-main"]);
  });

  it("keeps a push waiting for two seconds, and is put with the others after that", async () => {
    const { pass } = clock();
    const world = testWorld();
    addLive(world, ["a", "b", "c"]);
    const inner = world.parts.router;
    const apps: string[] = [];
    const order: string[] = [];
    const pushed = deferred<void>();
    const router: Router = {
      ...inner,
      // From files on a server that takes its time.
      async prepare(route, options) {
        apps.push(route.app);
        order.push("prepare");
        pass(1_500);
        if (apps.length === 1) {
          const push = { app: route.app, title: "a push", kind: "change" as const };
          const job = { ...push, report: silentReport, signal };
          void world.parts.queue.run(job, async () => pushed.resolve());
        } else if (apps.length === 3) {
          await pushed.promise;
        }
        return inner.prepare(route, options);
      },
      async publish(routes) {
        order.push("publish");
        await inner.publish(routes);
      },
    };

    await reconcile({ ...world.parts, router }, signal);

    expect(apps.toSorted()).toEqual(["a-main", "b-main", "c-main"]);
    expect(order).toEqual(["prepare", "prepare", "publish", "publish", "prepare", "publish"]);
  });

  it("leads to what runs when it is put, not to what was seen before", async () => {
    const world = testWorld();
    addLive(world, ["blog"]);
    const inner = world.parts.router;
    const router: Router = {
      ...inner,
      isPublished: async (app, route) => {
        const answer = await inner.isPublished(app, route);
        moveAll(world, "10.0.7.7");
        return answer;
      },
    };

    await reconcile({ ...world.parts, router }, signal);

    expect(addressOf(world, "blog-main")).toEqual(["10.0.7.7"]);
  });

  it("is not put where what it leads to has died meanwhile", async () => {
    const world = testWorld();
    addLive(world, ["blog", "shop"]);
    const router = {
      ...world.parts.router,
      isPublished: async () => {
        world.replicas.delete("blog-main-1-1");
        return false;
      },
    };

    await reconcile({ ...world.parts, router }, signal);

    expect(addressOf(world, "blog-main")).toBeUndefined();
    expect(addressOf(world, "shop-main")).toEqual(["10.0.1.1"]);
  });

  it("follows its app's removal that has begun meanwhile", async () => {
    const world = testWorld();
    addLive(world, ["blog"]);
    const router = {
      ...world.parts.router,
      isPublished: async () => {
        world.parts.store.apps.setRemoval("blog-main", "app");
        return false;
      },
    };

    await reconcile({ ...world.parts, router }, signal);

    expect(world.publishes()).toBe(0);
  });

  it("is told to the catalogue", async () => {
    const world = testWorld();
    addLive(world, ["blog", "shop"]);
    await reconcile(world.parts, signal);
    const told: string[] = [];
    const catalog = {
      ...world.parts.catalog,
      register: async (name: string) => void told.push(name),
    };
    moveAll(world, "10.0.8.8");

    await reconcile({ ...world.parts, catalog }, signal);

    expect(told.sort()).toEqual(["blog", "shop"]);
    expect(addressOf(world, "blog-main")).toEqual(["10.0.8.8"]);
  });
});
