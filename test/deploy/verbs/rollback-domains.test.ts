import { describe, expect, it } from "vitest";
import { lineReport } from "../../../src/deploy/report.ts";
import { findApp } from "../../../src/deploy/verbs/apps.ts";
import { changeDomains } from "../../../src/deploy/verbs/domains.ts";
import { rollback } from "../../../src/deploy/verbs/rollback.ts";
import { servingWorld } from "../serving-world.ts";
import { project } from "../test-parts.ts";

/** An admin gave `blog` what lies below a wildcard of `shop` in v4, beside another, and took both away in v5. */
async function takenAway() {
  const { parts } = await servingWorld();
  const { apps, releases } = parts.store;
  const shop = apps.create("shop", "main");
  const pushed = { app: shop.id, commit: "c".repeat(40), door: "push", by: "eve" } as const;
  const { version } = releases.create({ ...pushed, reason: "push" });
  releases.update(shop.id, version, { project, vars: { DOMAINS: "*.shop.example" } });
  releases.goLive(shop.id, version);
  const blog = findApp(parts, "blog");
  const domainsOf = async () => (await parts.vars.read("blog"))["DOMAINS"];
  const { request } = asked({ byAdmin: true });
  await changeDomains(parts, blog, () => ["blog.example", "pay.shop.example"], request);
  await changeDomains(parts, blog, () => [], request);
  return { parts, blog, domainsOf };
}

function asked(by: { readonly byAdmin: boolean }) {
  const lines: string[] = [];
  const report = lineReport((line) => lines.push(line));
  return { lines, request: { by: "ann", ...by, report, signal: new AbortController().signal } };
}

const why = "the domain pay.shop.example lies below *.shop.example of shop-main";

describe("a rollback to domains at which somebody else is asked", () => {
  it("needs an admin's word", async () => {
    const { parts, blog, domainsOf } = await takenAway();
    const { request } = asked({ byAdmin: false });
    await expect(rollback(parts, blog, 4, request)).rejects.toMatchObject({
      details: [`${why} (octo policy:allow blog domains)`],
    });
    expect(await domainsOf()).toBeUndefined();
    expect(parts.store.releases.live(blog.id)?.version).toBe(5);

    parts.store.allowances.allow(blog.id, ["domains"]);
    await rollback(parts, blog, 4, request);
    expect(await domainsOf()).toBe("blog.example pay.shop.example");
  });

  it("is an admin's, who is told", async () => {
    const { parts, blog, domainsOf } = await takenAway();
    const { request, lines } = asked({ byAdmin: true });
    await rollback(parts, blog, 4, request);
    expect(await domainsOf()).toBe("blog.example pay.shop.example");
    expect(lines.join()).toContain(why);
  });

  it("is a deployer's where the app has them", async () => {
    const { parts, blog, domainsOf } = await takenAway();
    await rollback(parts, blog, 4, asked({ byAdmin: true }).request);
    await rollback(parts, blog, 4, asked({ byAdmin: false }).request);
    expect(await domainsOf()).toBe("blog.example pay.shop.example");
  });
});
