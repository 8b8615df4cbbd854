import { describe, expect, it } from "vitest";
import { lineReport } from "../../src/deploy/report.ts";
import { domainFindings } from "../../src/deploy/plan/domain-findings.ts";
import { projectFindings } from "../../src/deploy/story/policy.ts";
import type { VarChange } from "../../src/ports.ts";
import { findApp } from "../../src/deploy/verbs/apps.ts";
import { setVars } from "../../src/deploy/verbs/config.ts";
import { changeDomains } from "../../src/deploy/verbs/domains.ts";
import { composeProject, service } from "./compose-parts.ts";
import { servingWorld } from "./serving-world.ts";
import { project } from "./test-parts.ts";
import { processorClock } from "../support/processor-time.ts";

/** `shop` is live below wildcards, on a server whose domain is `goku.test`; `blog` is somebody else's. */
async function twoApps(domains = "*.shop.example *.a.mall.example till.b.mart.example") {
  const { parts } = await servingWorld();
  const { store } = parts;
  const shop = store.apps.create("shop", "main");
  const { version } = store.releases.create({
    app: shop.id,
    commit: "c".repeat(40),
    door: "push",
    by: "eve",
    reason: "push",
  });
  store.releases.update(shop.id, version, { project, vars: { DOMAINS: domains } });
  store.releases.goLive(shop.id, version);
  return { parts, blog: findApp(parts, "blog") };
}

function asked(by: { readonly byAdmin: boolean }) {
  const lines: string[] = [];
  const report = lineReport((line) => lines.push(line));
  return { lines, request: { by: "ann", ...by, report, signal: new AbortController().signal } };
}

const foreign = [
  ["pay.shop.example", "lies below *.shop.example of shop-main"],
  ["*.pay.shop.example", "lies below *.shop.example of shop-main"],
  ["*.mall.example", "takes in *.a.mall.example of shop-main"],
  ["*.mart.example", "takes in till.b.mart.example of shop-main"],
  ["*.b.mart.example", "takes in till.b.mart.example of shop-main"],
  ["*.goku.test", "belongs to the server, as all of goku.test does"],
  ["next.goku.test", "belongs to the server, as all of goku.test does"],
  ["goku.test", "belongs to the server, as all of goku.test does"],
  ["192.0.2.7", "is an address of a server"],
] as const;

describe("a domain at which somebody else is asked", () => {
  it.each(foreign)("%s needs an admin's word", async (domain, why) => {
    const { parts, blog } = await twoApps();
    const refused = expect.objectContaining({
      details: [`the domain ${domain} ${why} (octo policy:allow blog domains)`],
    });
    const { request } = asked({ byAdmin: false });
    const add = () => changeDomains(parts, blog, () => [domain], request);
    const set = (name: string, restart: boolean) =>
      setVars(parts, name, { set: { DOMAINS: domain }, remove: [] }, { restart }, request);

    await expect(add()).rejects.toEqual(refused);
    await expect(set("blog", true)).rejects.toEqual(refused);
    await expect(set("blog", false)).rejects.toEqual(refused);
    await expect(set("later", true)).rejects.toThrow("than it is allowed");
    expect(await parts.vars.read("blog")).toEqual({ COLOR: "green" });
    expect(await parts.vars.read("later")).toEqual({});

    parts.store.allowances.allow(blog.id, ["domains"]);
    expect((await add()).domains).toEqual([domain]);
  });

  it("is a wildcard above the server's domain, which takes hosts of all apps that are gone or to come", async () => {
    const { parts, blog } = await twoApps();
    const settings = { ...parts.settings, domain: "192-0-2-7.sslip.io" };
    const of = (domain: string) =>
      domainFindings({ ...parts, settings }, blog, [domain]).map(({ text }) => text);
    expect(of("*.sslip.io")).toEqual([
      "the domain *.sslip.io takes in the server's own domain 192-0-2-7.sslip.io",
    ]);
    expect(of("*.lip.io")).toEqual([]);
    expect(of("sslip.io")).toEqual([]);
  });

  it("is found among as many as there can be", async () => {
    const list = (count: number, what: string) =>
      Array.from({ length: count }, (_, at) => `${what}${at}.example`);
    const { parts, blog } = await twoApps(list(18_000, "*.shop").join(" "));
    const spentMs = processorClock();
    const wanted = [...list(18_000, "*.pay.store"), ...list(20_000, "pay.")];
    expect(domainFindings(parts, blog, wanted)).toHaveLength(0);
    expect(domainFindings(parts, blog, list(18_000, "pay.shop"))).toHaveLength(18_000);
    expect(spentMs()).toBeLessThan(1500);
  });

  it("is given by an admin, who is told", async () => {
    const { parts, blog } = await twoApps();
    const { request, lines } = asked({ byAdmin: true });
    expect(await changeDomains(parts, blog, () => ["pay.shop.example"], request)).toMatchObject({
      domains: ["pay.shop.example"],
    });
    expect(lines.join()).toContain("the domain pay.shop.example lies below *.shop.example");
  });

  it("is found in a tree, too", async () => {
    const { parts, blog } = await twoApps();
    const route = { service: "web", port: 80, domains: ["pay.shop.example"] };
    const trees = [
      { ...project, domains: ["pay.shop.example"] },
      composeProject([service("web")], { routes: [route] }),
    ];
    for (const tree of trees) {
      expect(projectFindings(parts, blog, tree)).toEqual([
        { kind: "domains", text: expect.stringContaining("pay.shop.example lies below") },
      ]);
    }
    parts.store.releases.update(blog.id, 3, { project: trees[0] });
    expect(trees.flatMap((tree) => projectFindings(parts, blog, tree))).toEqual([]);
  });
});

it("what is no list of domains can be taken out, and set right", async () => {
  const { parts, blog } = await twoApps();
  const { request } = asked({ byAdmin: false });
  const change = async (wanted: VarChange, restart: boolean) => {
    await parts.vars.change("blog", { set: { DOMAINS: "https://blog.example/" }, remove: [] });
    await setVars(parts, blog.name, wanted, { restart }, request);
    return (await parts.vars.read("blog"))["DOMAINS"];
  };
  for (const restart of [true, false]) {
    expect(await change({ set: {}, remove: ["DOMAINS"] }, restart)).toBeUndefined();
    const right = { set: { DOMAINS: "blog.example" }, remove: [] };
    expect(await change(right, restart)).toBe("blog.example");
  }
});

describe("domains that are anybody's", () => {
  it.each([
    "shop.example",
    "notshop.example",
    "blog.goku.test",
    "xgoku.test",
    "*.blog.example",
    "*.all.example",
  ])("%s", async (domain) => {
    const { parts, blog } = await twoApps();
    const { request } = asked({ byAdmin: false });
    expect((await changeDomains(parts, blog, () => [domain], request)).domains).toEqual([domain]);
  });

  it("stay where a deployer adds another, whoever gave them", async () => {
    const { parts, blog } = await twoApps();
    await changeDomains(parts, blog, () => ["pay.shop.example"], asked({ byAdmin: true }).request);
    const { request } = asked({ byAdmin: false });
    const next = (before: readonly string[]) => [...before, "blog.example"];
    expect((await changeDomains(parts, blog, next, request)).domains).toEqual([
      "blog.example",
      "pay.shop.example",
    ]);
  });
});
