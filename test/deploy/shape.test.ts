import { describe, expect, it } from "vitest";
import { inverse } from "../../src/deploy/plan/var-change.ts";
import {
  catalogServices,
  healthCheck,
  isRunnable,
  replicaSpec,
  routeOf,
  type DockerfileRelease,
} from "../../src/deploy/plan/shape.ts";
import { checkPath } from "../../src/deploy/plan/wishes.ts";
import { project, replica } from "./test-parts.ts";

const hosts = ["blog.goku.test"];
const app = { id: "blog-main", name: "blog", repository: "blog", branch: "main", stopped: false };

function release(more: Partial<DockerfileRelease> = {}): DockerfileRelease {
  return {
    app: "blog-main",
    version: 3,
    status: "building",
    commit: "c".repeat(40),
    door: "push",
    by: "ann",
    reason: "push",
    image: "sha256:3",
    project,
    vars: {},
    domains: ["blog.goku.test"],
    scale: 2,
    failure: null,
    steps: [],
    createdAt: "2026-01-01T00:00:00.000Z",
    finishedAt: null,
    ...more,
  };
}

describe("a release", () => {
  it("can be run once it has an image and a project", () => {
    expect(isRunnable(release())).toBe(true);
    expect(isRunnable({ ...release(), image: null })).toBe(false);
    expect(isRunnable({ ...release(), project: null })).toBe(false);
  });

  it("gives its containers the vars, but for those that steer Goku", () => {
    const vars = { COLOR: "blue", MEMORY_LIMIT: "64m", CONTAINERS: "2" };
    const spec = replicaSpec(app, release({ vars }), 2);
    expect(spec).toMatchObject({ app: "blog-main", version: 3, index: 2, memoryLimit: "64m" });
    expect(spec.env).toEqual({ CONTAINER_NAME: "blog", COLOR: "blue" });
  });

  it("has a route to its replicas, in the order of their numbers", () => {
    const replicas = [replica("blog-main", 3, 2), replica("blog-main", 3, 1)];
    expect(routeOf(release(), hosts, replicas)?.sites[0]?.backends).toEqual([
      { address: "10.0.3.1", port: 80 },
      { address: "10.0.3.2", port: 80 },
    ]);
  });

  it("has no route to a replica without an address", () => {
    const replicas = [{ ...replica("blog-main", 3), address: null }];
    expect(routeOf(release(), hosts, replicas)?.sites[0]?.backends).toEqual([]);
  });

  it("has no route and no services without a port, or where its vars want none", () => {
    const replicas = [replica("blog-main", 3)];
    const silent = release({ project: { ...project, port: null } });
    const unwilling = release({ vars: { NO_HTTP_PROXY: "1" } });
    for (const each of [silent, unwilling]) {
      expect(routeOf(each, hosts, replicas)).toBeNull();
      expect(catalogServices(each, replicas)).toEqual([]);
      expect(healthCheck(each, null, 1_000).port).toBeNull();
    }
  });

  it("is one service for each replica", () => {
    const replicas = [replica("blog-main", 3, 1), replica("blog-main", 3, 2)];
    const vars = { CONSUL_TAGS: "web", CUSTOM_CHECK: "/up", CUSTOM_CHECK_INTERVAL: "5s" };
    expect(catalogServices(release({ vars }), replicas)).toMatchObject([
      { address: "10.0.3.1", port: 80, tags: ["web"], check: "/up", interval: "5s" },
      { address: "10.0.3.2", port: 80, tags: ["web"], check: "/up", interval: "5s" },
    ]);
  });

  it("is asked by its own host name", () => {
    expect(healthCheck(release(), null, 1_000).host).toBe("blog.goku.test");
    expect(healthCheck(release({ domains: [] }), null, 1_000).host).toBe("localhost");
  });
});

describe("the inverse of a change", () => {
  it.each([
    [{ set: { A: "2" }, remove: [] }, { A: "1" }, { set: { A: "1" }, remove: [] }],
    [{ set: { A: "2" }, remove: [] }, {}, { set: {}, remove: ["A"] }],
    [{ set: {}, remove: ["A"] }, { A: "1" }, { set: { A: "1" }, remove: [] }],
    [
      { set: { B: "" }, remove: ["A"] },
      { A: "1", C: "3" },
      { set: { A: "1" }, remove: ["B"] },
    ],
    [{ set: { A: "" }, remove: [] }, { A: "" }, { set: { A: "" }, remove: [] }],
  ])("%j after %j is %j", (change, before, expected) => {
    expect(inverse(change, before)).toEqual(expected);
  });
});

describe("CUSTOM_CHECK", () => {
  it.each([
    [undefined, null],
    ["", null],
    ["/health", "/health"],
    ["health", "/health"],
    ["/health?deep=1", "/health?deep=1"],
    ["http://localhost:5000/up", "/up"],
    ["https://blog.example.org", "/"],
  ])("%j asks for %j", (value, path) => {
    expect(checkPath(value)).toBe(path);
  });

  it.each(["ftp://host/up", "mailto:ann", "http://"])("refuses %j", (value) => {
    expect(() => checkPath(value)).toThrow(/neither a path nor a URL/);
  });
});
