import { describe, expect, it } from "vitest";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { assertDomainsFree, domainsOf } from "../../src/deploy/plan/domains-of.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { appStatus, findApp, liveHosts } from "../../src/deploy/verbs/apps.ts";
import { changeDomains } from "../../src/deploy/verbs/domains.ts";
import type { DockerfileProject } from "../../src/project.ts";
import { addRelease, project, testWorld, type World } from "./test-parts.ts";

const { signal } = new AbortController();

/** An app that went live, with names of its own below `goku.test`. */
function liveWorld(change: Partial<DockerfileProject> = {}, vars = {}): World {
  const world = testWorld();
  const version = addRelease(world, "live", { vars });
  world.parts.store.releases.update("blog-main", version, {
    project: { ...project, ...change },
    domains: ["blog.goku.test", "blog-main.goku.test", "example.org", "www.example.org"],
  });
  return world;
}

/** The same server with another setting `domain`. */
function moved(world: World): World {
  const settings = { ...world.parts.settings, domain: "new.test" };
  return { ...world, parts: { ...world.parts, settings } };
}

const served = (world: World) => world.routes.get("blog-main")?.sites[0]?.domains;

it("an app can have a thousand domains, and no more", () => {
  const { parts } = testWorld();
  const app = parts.store.apps.create("blog", "main");
  const domains = (count: number) =>
    Array.from({ length: count }, (_, at) => `www${at}.example.org`);
  expect(domainsOf(parts, app, { ...project, domains: domains(999) }, {})).toHaveLength(1000);
  expect(() => domainsOf(parts, app, { ...project, domains: domains(1000) }, {})).toThrow(
    "blog-main would have 1001 domains, and an app can have 1000.",
  );
});

describe("the hosts of an app that is live", () => {
  const own = { domains: ["example.org"] };
  const vars = { DOMAINS: "www.example.org" };

  it("follow the setting `domain`, in the route and in what is told of it", async () => {
    const world = liveWorld(own, vars);
    await reconcile(world.parts, signal);
    expect(served(world)).toEqual([
      "blog.goku.test",
      "blog-main.goku.test",
      "example.org",
      "www.example.org",
    ]);
    const { parts } = moved(world);
    await reconcile(parts, signal);
    const now = ["blog.new.test", "blog-main.new.test", "example.org", "www.example.org"];
    expect(served(world)).toEqual(now);
    const app = findApp(parts, "blog");
    expect(liveHosts(parts, app)).toEqual(now);
    expect((await appStatus(parts, app)).domains).toEqual(now);
  });

  it("are what they were where the setting is, so that nothing is published again", async () => {
    const world = liveWorld(own, vars);
    await reconcile(world.parts, signal);
    await reconcile(world.parts, signal);
    expect(world.publishes()).toBe(1);
  });

  it.each([
    ["without a port", { port: null }, {}],
    ["that wants none", {}, { NO_HTTP_PROXY: "1" }],
  ])("are none %s", async (_, change, more) => {
    const { parts } = liveWorld({ ...own, ...change }, more);
    expect(liveHosts(parts, findApp(parts, "blog"))).toEqual([]);
  });

  it("are refused at once to an app that never went live", async () => {
    const { parts } = liveWorld(own, vars);
    const shop = parts.store.apps.create("shop", "main");
    const request = { by: "ann", byAdmin: true, report: silentReport, signal };
    const add = (domain: string) => changeDomains(parts, shop, () => [domain], request);
    await expect(add("www.example.org")).rejects.toMatchObject({
      message: "The domain www.example.org belongs to the app blog.",
      hint: expect.stringContaining("octo domains:rm shop-main www.example.org"),
    });
    expect(await parts.vars.read("shop-main")).toEqual({});
    expect(await add("shop.example.org")).toMatchObject({ domains: ["shop.example.org"] });
  });

  it("that it had below another setting are free", () => {
    const { parts } = moved(liveWorld(own, vars));
    const shop = parts.store.apps.create("shop", "main");
    expect(() => assertDomainsFree(parts, shop, ["blog.goku.test"])).not.toThrow();
    expect(() => assertDomainsFree(parts, shop, ["www.example.org"])).toThrow(
      "The domain www.example.org belongs to the app blog.",
    );
    expect(() => domainsOf(parts, shop, project, { DOMAINS: "blog.new.test" })).toThrow(
      "The domain blog.new.test is the own host name of the app blog.",
    );
  });
});
