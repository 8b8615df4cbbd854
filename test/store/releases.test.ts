import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Project } from "../../src/project.ts";
import { emptyStore, pushOf } from "./open.ts";

const project: Project = {
  kind: "dockerfile",
  dockerfile: "Dockerfile",
  port: 8080,
  exposed: [8080],
  baseImages: ["busybox"],
  needsCli: false,
  ignore: null,
  submodules: false,
  domains: ["blog.example.org"],
  hostname: null,
  release: null,
  addName: false,
  volumesFrom: false,
  mounts: [{ source: "/srv", target: "/data" }],
  volumes: [],
  published: [],
  links: [],
  buildArgs: [],
  buildSecrets: [],
  notes: ['One "note" with ünïcode.'],
};

function storeWithApp() {
  const store = emptyStore();
  store.apps.create("blog", "main");
  return store;
}

const app = "blog-main";

test("a release begins as building, with nothing but what was given", () => {
  const { releases } = storeWithApp();
  expect(releases.create(pushOf(app))).toMatchObject({
    version: 1,
    status: "building",
    commit: "c".repeat(40),
    door: "push",
    by: "laptop",
    reason: "push",
    image: null,
    project: null,
    vars: {},
    domains: [],
    scale: 1,
    failure: null,
    steps: [],
    finishedAt: null,
  });
  expect(releases.find(app, 1)).toEqual(releases.list(app)[0]);
});

test("what is created is what is read", () => {
  const { releases } = storeWithApp();
  const made = releases.create(
    pushOf(app, { image: "sha256:1", project, vars: { A: "1" }, domains: ["a.org"], scale: 3 }),
  );
  expect(releases.find(app, made.version)).toEqual(made);
  expect(made.project).toEqual(project);
});

test("vars of every name and value come back as they were", () => {
  const { releases } = storeWithApp();
  const names = fc.oneof(
    fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/),
    fc.constantFrom("__proto__", "constructor", "toString"),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.string({ unit: "binary" }))), (pairs) => {
      const vars = Object.fromEntries(pairs);
      const { version } = releases.create(pushOf(app, { vars }));
      expect(Object.entries(releases.find(app, version)?.vars ?? {})).toEqual(Object.entries(vars));
    }),
    { numRuns: 50 },
  );
});

describe("update", () => {
  test("changes what it names and leaves the rest", () => {
    const { releases } = storeWithApp();
    releases.create(pushOf(app, { vars: { A: "1" }, scale: 2 }));
    releases.update(app, 1, { image: "sha256:1", status: "publishing", vars: undefined });
    expect(releases.find(app, 1)).toMatchObject({
      image: "sha256:1",
      status: "publishing",
      vars: { A: "1" },
      scale: 2,
      finishedAt: null,
    });
    releases.update(app, 1, { image: null, project });
    expect(releases.find(app, 1)).toMatchObject({ image: null, project });
  });

  test.each(["failed", "superseded", "cancelled"] as const)("%s ends the release", (status) => {
    const { releases } = storeWithApp();
    releases.create(pushOf(app));
    releases.update(app, 1, { status, failure: "It never answered." });
    const ended = releases.find(app, 1);
    expect(ended).toMatchObject({ status, failure: "It never answered." });
    expect(Date.parse(ended?.finishedAt ?? "")).toBeGreaterThanOrEqual(
      Date.parse(ended?.createdAt ?? ""),
    );
    releases.update(app, 1, { failure: "It answered 500." });
    expect(releases.find(app, 1)?.finishedAt).toBe(ended?.finishedAt);
  });

  test("of a release that is not there is refused", () => {
    const { releases } = storeWithApp();
    expect(() => releases.update(app, 7, { scale: 2 })).toThrowError(/no release v7/);
    expect(() => releases.addStep(app, 7, { name: "release", ms: 1 })).toThrowError(/v7/);
  });
});

describe("goLive", () => {
  test("the one that was live is retired", () => {
    const { releases } = storeWithApp();
    releases.create(pushOf(app));
    releases.create(pushOf(app));
    releases.goLive(app, 1);
    releases.goLive(app, 2);
    expect(releases.list(app).map(({ status }) => status)).toEqual(["live", "retired"]);
    expect(releases.live(app)).toMatchObject({ version: 2, failure: null });
    expect(releases.live(app)?.finishedAt).not.toBeNull();
  });

  test("an older one can be live again", () => {
    const { releases } = storeWithApp();
    releases.create(pushOf(app));
    releases.create(pushOf(app));
    releases.goLive(app, 1);
    releases.goLive(app, 2);
    releases.goLive(app, 1);
    expect(releases.live(app)?.version).toBe(1);
    expect(releases.find(app, 2)?.status).toBe("retired");
  });

  test("twice is once", () => {
    const { releases } = storeWithApp();
    releases.create(pushOf(app));
    releases.goLive(app, 1);
    const live = releases.live(app);
    releases.goLive(app, 1);
    expect(releases.live(app)).toEqual(live);
  });

  test("the app is back, stopped or being removed as it was", () => {
    const { apps, releases } = storeWithApp();
    releases.create(pushOf(app));
    apps.setStopped(app, true);
    apps.setRemoval(app, "all");
    releases.goLive(app, 1);
    expect(apps.find(app)?.stopped).toBe(false);
    expect(apps.removals().size).toBe(0);
  });

  test("of a release that is not there leaves the live one live", () => {
    const { apps, releases } = storeWithApp();
    releases.create(pushOf(app));
    releases.goLive(app, 1);
    apps.setStopped(app, true);
    expect(() => releases.goLive(app, 2)).toThrowError(/no release v2/);
    expect(releases.live(app)?.version).toBe(1);
    expect(apps.find(app)?.stopped).toBe(true);
  });

  test("leaves other apps alone", () => {
    const { apps, releases } = storeWithApp();
    apps.create("blog", "dev");
    releases.create(pushOf(app));
    releases.create(pushOf("blog-dev"));
    releases.goLive(app, 1);
    releases.goLive("blog-dev", 1);
    expect(releases.live(app)?.version).toBe(1);
  });
});

test("steps are kept in the order they were taken", () => {
  const { releases } = storeWithApp();
  releases.create(pushOf(app));
  const steps = [
    { name: "checkOut", ms: 2.5 },
    { name: "buildImage", ms: 94 },
  ] as const;
  for (const step of steps) {
    releases.addStep(app, 1, step);
  }
  releases.update(app, 1, { scale: 2 });
  expect(releases.find(app, 1)?.steps).toEqual(steps);
});

test("unfinished ones are found, of all apps", () => {
  const { apps, releases } = storeWithApp();
  apps.create("blog", "dev");
  releases.create(pushOf(app));
  releases.create(pushOf(app));
  releases.create(pushOf("blog-dev"));
  releases.goLive(app, 1);
  releases.update(app, 2, { status: "publishing" });
  expect(releases.unfinished().map((release) => [release.app, release.version])).toEqual([
    ["blog-dev", 1],
    [app, 2],
  ]);
});

test("the list is newest first, and as short as asked", () => {
  const { releases } = storeWithApp();
  for (let count = 0; count < 12; count += 1) {
    releases.create(pushOf(app));
  }
  expect(releases.list(app).map(({ version }) => version)[0]).toBe(12);
  expect(releases.list(app, 2).map(({ version }) => version)).toEqual([12, 11]);
});

test("what takes a release's change of the vars back is kept with it", () => {
  const { releases } = storeWithApp();
  releases.create(pushOf(app));
  expect(releases.undo(app, 1)).toBeNull();
  const undo = { set: { COLOR: "red" }, remove: ["NUMBER"] };
  releases.setUndo(app, 1, undo);
  releases.goLive(app, 1);
  expect(releases.undo(app, 1)).toEqual(undo);
});

describe("prune", () => {
  test("keeps the newest, the live one and those under way", () => {
    const { releases } = storeWithApp();
    for (let version = 1; version <= 6; version += 1) {
      releases.create(pushOf(app));
      releases.update(app, version, { status: version === 3 ? "publishing" : "failed" });
    }
    releases.goLive(app, 2);
    releases.prune(app, 2);
    expect(releases.list(app).map(({ version }) => version)).toEqual([6, 5, 3, 2]);
  });

  test("keeps what there is to go back to, however often later ones failed", () => {
    const { releases } = storeWithApp();
    for (let version = 1; version <= 9; version += 1) {
      releases.create(pushOf(app));
      if (version <= 4) {
        releases.goLive(app, version);
      } else {
        releases.update(app, version, { status: "failed" });
      }
    }
    releases.prune(app, 2);
    expect(releases.list(app).map(({ version }) => version)).toEqual([9, 8, 4, 3]);
  });

  test("a version is never given twice", () => {
    const { releases } = storeWithApp();
    releases.create(pushOf(app));
    releases.update(app, 1, { status: "failed" });
    releases.prune(app, 0);
    expect(releases.list(app)).toEqual([]);
    expect(releases.create(pushOf(app)).version).toBe(2);
  });
});

test("a release of an app that is not there is refused", () => {
  const { releases } = emptyStore();
  expect(() => releases.create(pushOf("nobody"))).toThrowError(/no app "nobody"/);
});

test("a removed app takes its releases along", () => {
  const { apps, releases } = storeWithApp();
  releases.create(pushOf(app));
  apps.remove(app);
  expect(releases.list(app)).toEqual([]);
  expect(releases.unfinished()).toEqual([]);
  apps.create("blog", "main");
  expect(releases.create(pushOf(app)).version).toBe(1);
});
