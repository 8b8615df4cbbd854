import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitReplicas, envOf, replicaIds } from "../support/replicas.ts";
import { brokenBuild, page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

/* Apps whose names begin alike: `web`, its branch `feature`, and `web2`. */

let host: TestHost;

const others = {
  "web-feature": "web-feature",
  "web2-main": "web2",
} as const;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("web2", page("web2")));
  await host.must(host.push("web", page("web-feature"), "feature"));
  await host.must(host.push("web", page("web")));
  await host.must(host.octo("config:set", "web2/KEY=of web2", "web2/CONTAINERS=2"));
  await host.must(host.octo("config:set", "web-feature/KEY=of the feature"));
  await awaitReplicas(host, "web2-main", 2);
  await awaitReplicas(host, "web-feature", 1);
});

afterAll(async () => {
  await host.destroy();
});

/** Everything that may not change of the neighbours. */
async function state() {
  const apps = Object.entries(others).map(async ([id, name]) => ({
    name,
    body: (await host.see(name)).body,
    containers: await replicaIds(host, id),
    key: (await envOf(host, name))["KEY"],
    vars: await host.octoJson("config", name),
    releases: await host.octoJson("releases", name),
  }));
  return Promise.all(apps);
}

describe("an operation on web touches neither web2 nor the branch feature of web:", () => {
  it.each([
    ["a push", () => host.push("web", page("again")), 0, 1],
    ["a push that fails", () => host.push("web", brokenBuild), 1, 1],
    ["config:set", () => host.octo("config:set", "web/KEY=of web"), 0, 1],
    ["config:rm", () => host.octo("config:rm", "web/KEY"), 0, 1],
    ["scale", () => host.octo("scale", "web=3"), 0, 3],
    ["domains:add", () => host.octo("domains:add", "web", "web.example.org"), 0, 3],
    ["restart", () => host.octo("restart", "web"), 0, 3],
    ["rollback", () => host.octo("rollback", "web", "v1"), 0, 1],
    ["stop", () => host.octo("stop", "web"), 0, 0],
    ["start", () => host.octo("start", "web"), 0, 1],
    ["remove", () => host.octo("remove", "web", "--force"), 0, 0],
  ] as const)("%s", async (_what, operate, status, containers) => {
    const before = await state();
    expect(before.map(({ name, body }) => [name, body])).toEqual([
      ["web-feature", "web-feature"],
      ["web2", "web2"],
    ]);
    const ended = await operate();
    expect(ended.status, ended.stderr).toBe(status);
    // What an operation leaves to do afterwards is done, too.
    await awaitReplicas(host, "web-main", containers);
    expect(await state()).toEqual(before);
  });

  it("and two that would have one name are refused", async () => {
    await host.must(host.octo("status"));
    const pushed = await host.push("web2", page("taken"), "x");
    expect(pushed.status).toBe(0);
    const clash = await host.push("web2-x", page("clash"));
    expect(clash.status).toBe(1);
    expect(clash.stderr).toContain('would be called "web2-x"');
    expect((await host.see("web2-x")).body).toBe("taken");
  });
});
