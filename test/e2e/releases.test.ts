import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { envOf, replicaIds } from "../support/replicas.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

interface Release {
  readonly version: number;
  readonly status: string;
  readonly revision: string;
  readonly reason: string;
  readonly by: string;
  readonly image: string;
  readonly domains: string[];
  readonly scale: number;
  readonly createdAt: string;
  readonly steps: { readonly name: string }[];
}

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", page("first")));
});

afterAll(async () => {
  await host.destroy();
});

const releases = () => host.octoJson<Release[]>("releases", "blog");
const head = async () => (await host.git("blog", "rev-parse", "HEAD")).stdout.trim();

describe("looking at an app", () => {
  it("status says whether it is up", async () => {
    expect((await host.octo("status")).stdout).toBe("blog: OK\n");
    expect((await host.octo("status", "blog-main")).stdout).toBe("blog: OK\n");
    expect(await host.octoJson("status", "blog")).toMatchObject({ status: "up", version: 1 });
  });

  it("apps lists it with its release, its source and where it is", async () => {
    const short = (await head()).slice(0, 7);
    const { stdout } = await host.octo("apps");
    expect(stdout.trim().split(/ {2,}/)).toEqual([
      "blog",
      "v1",
      short,
      "blog main",
      "blog.goku.test",
    ]);
    expect(await host.octoJson("apps")).toMatchObject([
      { name: "blog", id: "blog-main", repository: "blog", branch: "main", version: 1 },
    ]);
  });

  it("info and ps show its containers", async () => {
    const [id] = await replicaIds(host, "blog-main");
    const replicas = await host.octoJson<{ id: string; address: string }[]>("ps", "blog");
    expect(replicas).toMatchObject([{ id, version: 1, index: 1, state: "running" }]);
    expect((await host.octo("ps", "blog")).stdout).toContain(replicas[0]?.address);
    const { stdout } = await host.octo("info", "blog");
    expect(stdout).toMatch(/app +blog \(blog-main in Docker\)/);
    expect(stdout).toMatch(/status +OK, 1 of 1 containers/);
    expect(stdout).toMatch(/domains +blog\.goku\.test\n +blog-main\.goku\.test/);
  });

  it("releases tells who brought what, and how long each step took", async () => {
    const [release, ...others] = await releases();
    expect(others).toEqual([]);
    expect(release).toMatchObject({
      app: "blog-main",
      version: 1,
      status: "live",
      reason: "push",
      by: "tester",
      revision: await head(),
      door: "push",
      scale: 1,
      failure: null,
      domains: ["blog.goku.test", "blog-main.goku.test"],
    });
    expect(Date.parse(release?.createdAt ?? "")).toBeLessThanOrEqual(Date.now());
    expect(release?.steps.map(({ name }) => name)).toEqual([
      "checkOut",
      "readProject",
      "buildImage",
      "release",
      "startCandidate",
      "awaitHealthy",
      "publish",
      "record",
    ]);
  });

  it("events tells who did what", async () => {
    const events = await host.octoJson<{ who: string; what: string; app: string }[]>(
      "events",
      "blog",
    );
    expect(events).toContainEqual(
      expect.objectContaining({ who: "tester", what: "live", app: "blog-main" }),
    );
  });

  it("by a name that does not exist suggests the nearest", async () => {
    for (const verb of ["info", "releases", "restart", "logs", "config"]) {
      const ended = await host.octo(verb, "blgo");
      expect([verb, ended.status]).toEqual([verb, 1]);
      expect(ended.stderr).toContain('There is no app "blgo".');
      expect(ended.stderr).toContain("Did you mean blog?");
    }
    const far = await host.octo("info", "something-else");
    expect(far.stderr).toContain("See them all: octo apps");
  });

  it.each([
    ["a verb that is none", ["statsu"]],
    ["no verb", []],
    ["no app", ["info"]],
    ["too many words", ["info", "blog", "shop"]],
    ["an option that is none", ["info", "blog", "--quick"]],
    ["no number", ["scale", "blog=two"]],
    ["no version", ["rollback", "blog", "latest"]],
    ["no value", ["config:set", "blog/KEY"]],
    ["no key", ["config:set", "blog", "value"]],
    ["two apps", ["config:set", "blog/A=1", "shop/A=1"]],
    ["no command", ["run", "blog"]],
  ])("with %s exits 2 and says what is right", async (_what, words) => {
    const ended = await host.octo(...words);
    expect(ended.status).toBe(2);
    expect(ended.stderr).not.toBe("");
    expect(ended.stdout).toBe("");
  });
});

describe("rollback", () => {
  it("brings back image, vars, domains and scale without a build", async () => {
    await host.must(host.octo("config:set", "blog/COLOUR=red", "blog/ONLY_THEN=1"));
    await host.must(host.octo("domains:add", "blog", "red.example.org"));
    const [red] = await releases();
    await host.must(host.octo("config:set", "blog/COLOUR=blue", "blog/CONTAINERS=2"));
    await host.must(host.octo("config:rm", "blog/ONLY_THEN"));
    await host.must(host.octo("domains:rm", "blog", "red.example.org"));
    await host.must(host.push("blog", page("second")));
    expect((await host.see("blog")).body).toBe("second");
    expect((await host.ask("red.example.org")).status).toBe(404);

    const back = await host.octo("rollback", "blog", `v${red?.version}`);
    expect(back.status, back.stderr).toBe(0);
    expect(back.stderr + back.stdout).not.toContain("Building");
    expect(back.stdout).toContain(
      "Config vars went back as well: set DOMAINS, ONLY_THEN; changed COLOUR; removed CONTAINERS\n",
    );
    expect(back.stdout).toMatch(/The way back: octo rollback blog v\d+\n$/);
    expect((await host.see("blog")).body).toBe("first");
    expect((await host.ask("red.example.org")).body).toBe("first");
    const env = await envOf(host, "blog");
    expect(env).toMatchObject({ COLOUR: "red", ONLY_THEN: "1" });
    const [now] = await releases();
    expect(now).toMatchObject({
      status: "live",
      reason: `rollback to v${red?.version}`,
      scale: 1,
      image: red?.image,
      revision: red?.revision,
      by: expect.any(String),
      domains: ["blog.goku.test", "blog-main.goku.test", "red.example.org"],
    });
    expect(await host.octoJson("config", "blog")).toEqual({
      COLOUR: "red",
      ONLY_THEN: "1",
      DOMAINS: "red.example.org",
    });
    await expect.poll(() => replicaIds(host, "blog-main"), { timeout: 60_000 }).toHaveLength(1);
  });

  it("without a version goes back to the one before that differs", async () => {
    await host.must(host.octo("restart", "blog"));
    const back = await host.octo("rollback", "blog");
    expect(back.status, back.stderr).toBe(0);
    expect((await host.see("blog")).body).toBe("second");
    expect((await releases())[0]).toMatchObject({ scale: 2 });
  });

  it("is listed newest first, with one live release", async () => {
    const all = await releases();
    const versions = all.map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((one, other) => other - one));
    expect(all.filter(({ status }) => status === "live")).toEqual([all[0]]);
  });

  it("to a release that is not there, or never served, is refused", async () => {
    const none = await host.octo("rollback", "blog", "v99");
    expect(none.status).toBe(1);
    expect(none.stderr).toContain("blog has no release v99");
    const pushed = await host.push("blog", { Dockerfile: "FROM goku-test/busybox\nRUN false\n" });
    expect(pushed.status).toBe(1);
    const [failed] = await releases();
    const never = await host.octo("rollback", "blog", `v${failed?.version}`);
    expect(never.status).toBe(1);
    expect(never.stderr).toContain("never went live (failed)");
    expect((await host.see("blog")).body).toBe("second");
  });

  it("to an image that is gone says so", async () => {
    const [live, ...others] = await releases();
    const old = (await releases()).findLast(({ image }) => image !== null);
    expect(others).not.toEqual([]);
    await host.must(exec("docker", ["rmi", "-f", old?.image ?? ""]));
    const back = await host.octo("rollback", "blog", "v1");
    expect(back.status).toBe(1);
    expect(back.stderr).toContain("The image of v1 of blog is gone");
    expect((await host.see("blog")).body).toBe("second");
    expect((await releases())[0]?.version).toBe(live?.version);
  });

  it("is undone by the next push", async () => {
    await host.must(host.push("blog", page("third")));
    expect((await host.see("blog")).body).toBe("third");
  });
});
