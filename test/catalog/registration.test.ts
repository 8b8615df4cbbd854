import { describe, expect, test } from "vitest";
import { registrationOf } from "../../src/catalog/registration.ts";
import type { CatalogService } from "../../src/catalog-ports.ts";

const service: CatalogService = {
  address: "10.213.0.5",
  port: 8080,
  tags: ["http"],
  check: null,
  interval: null,
};

const registered = (changes: Partial<CatalogService> = {}) =>
  registrationOf("goku", "blog", { ...service, ...changes });

test("a service is called as octohost calls it", () => {
  expect(registered()).toMatchObject({
    id: "blog-10.213.0.5-8080",
    name: "blog",
    address: "10.213.0.5",
    port: 8080,
    tags: ["http"],
    meta: { "goku-instance": "goku", "goku-app": "blog" },
  });
});

describe("the check", () => {
  test.each([
    ["nothing", null, "http://10.213.0.5:8080/"],
    ["a path", "/health?deep=1", "http://10.213.0.5:8080/health?deep=1"],
    ["a path without its slash", "health", "http://10.213.0.5:8080/health"],
    ["a URL", "https://blog.example.org/up", "https://blog.example.org/up"],
  ])("from %s", (_what, check, http) => {
    expect(registered({ check }).check).toMatchObject({ http, interval: "15s" });
  });

  test("passes until it was made for the first time: the replica was probed before", () => {
    expect(registered().check?.status).toBe("passing");
  });

  test("has the interval that was asked for", () => {
    expect(registered({ interval: "60s" }).check?.interval).toBe("60s");
  });

  test("is made only where a tag is http", () => {
    expect(registered({ tags: ["tcp", "http2"] }).check).toBeUndefined();
    expect(registered({ tags: [] }).check).toBeUndefined();
    expect(registered({ tags: ["web", "http"] }).check).toBeDefined();
  });
});

test("whatever is other makes another definition", () => {
  const definitions = [
    registered(),
    registered({ tags: ["http", "v2"] }),
    registered({ check: "/up" }),
    registered({ interval: "1s" }),
    registered({ port: 81 }),
  ].map(({ meta }) => meta["goku-definition"]);
  expect(new Set(definitions).size).toBe(definitions.length);
  expect(registered().meta).toEqual(registered().meta);
});
