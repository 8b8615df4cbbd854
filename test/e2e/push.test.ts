import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenBuild, page, shellApp } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
});

afterAll(async () => {
  await host.destroy();
});

describe("a push", () => {
  it("puts a Dockerfile's app on the air and says where", async () => {
    const pushed = await host.push("blog", page("hello v1"));
    expect(pushed.stderr).toMatch(/remote: -----> Building blog-main v1 from [0-9a-f]{7}/);
    expect(pushed.stderr).toMatch(/remote: -----> Starting blog-main v1/);
    expect(pushed.stderr).toMatch(/remote: -----> v1 of blog-main is live/);
    expect(pushed.stderr).toContain(`http://blog.goku.test:${host.httpPort}`);
    expect(pushed.status).toBe(0);
    expect(await host.see("blog")).toMatchObject({ status: 200, body: "hello v1" });
    expect(await host.see("blog-main")).toMatchObject({ status: 200, body: "hello v1" });
  });

  it("replaces what runs, and takes the old containers away", async () => {
    const pushed = await host.push("blog", page("hello v2"));
    expect(pushed.status).toBe(0);
    expect(await host.see("blog")).toMatchObject({ status: 200, body: "hello v2" });
    await expect.poll(() => host.containers(), { timeout: 60_000 }).toHaveLength(1);
  });

  it("is fresh when two contents of one size follow within a second", async () => {
    await host.push("blog", page("hello a"));
    await host.push("blog", page("hello b"));
    expect((await host.see("blog")).body).toBe("hello b");
  });

  it("of a branch makes an app of its own, and deleting the branch removes that alone", async () => {
    await host.push("blog", page("on main"));
    const pushed = await host.push("blog", page("on feature"), "feature/x");
    expect(pushed.status).toBe(0);
    expect((await host.see("blog-feature-x")).body).toBe("on feature");
    expect((await host.see("blog")).body).toBe("on main");
    const url = host.sshUrl("blog");
    const deleted = await host.git("blog", "push", url, ":feature/x");
    expect(deleted.stderr).toContain("Removing blog-feature-x");
    expect(deleted.status).toBe(0);
    expect((await host.see("blog-feature-x")).status).toBe(404);
    expect((await host.see("blog")).body).toBe("on main");
  });

  it("of a tag is stored, not deployed, and says so", async () => {
    await host.must(host.git("blog", "tag", "v1.0"));
    const pushed = await host.git("blog", "push", host.sshUrl("blog"), "v1.0");
    expect(pushed.stderr).toContain("only branches are deployed");
    expect(pushed.status).toBe(0);
  });

  it("of what is live already restarts nothing and moves the ref", async () => {
    await host.push("again", page("once"));
    const before = await host.containers();
    await host.must(host.git("again", "commit", "-q", "--allow-empty", "-m", "empty"));
    await host.must(host.push("again", null));
    await host.must(host.git("again", "reset", "-q", "--hard", "HEAD~1"));
    const forced = await host.git("again", "push", "--force", host.sshUrl("again"), "main");
    expect(forced.status).toBe(0);
    expect((await host.see("again")).body).toBe("once");
    expect(before).not.toHaveLength(0);
  });

  it("over HTTP ends in the same code", async () => {
    const { token } = await host.octoJson<{ token: string }>("tokens:add", "ci", "--admin");
    await host.commit("web", page("over http"));
    const url = `http://ci:${token}@127.0.0.1:${host.webPort}/git/web.git`;
    const pushed = await host.git("web", "push", url, "main");
    expect(pushed.stderr).toMatch(/remote: -----> v1 of web-main is live/);
    expect(pushed.status).toBe(0);
    expect((await host.see("web")).body).toBe("over http");
  });

  it("through nginx's goku host reaches the same door", async () => {
    const { token } = await host.octoJson<{ token: string }>("tokens:add", "ci2", "--admin");
    await host.commit("through", page("through nginx"));
    const header = `http.extraHeader=Host: goku.goku.test`;
    const url = `http://ci2:${token}@127.0.0.1:${host.httpPort}/git/through.git`;
    const pushed = await host.git("through", "-c", header, "push", url, "main");
    expect(pushed.status, pushed.stderr).toBe(0);
    expect((await host.see("through")).body).toBe("through nginx");
  });

  it("takes all branches of one push, and one failure does not reject another", async () => {
    await host.commit("many", page("good"));
    await host.commit("many", brokenBuild, "bad");
    const pushed = await host.git("many", "push", host.sshUrl("many"), "main", "bad");
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toMatch(/\[remote rejected\] bad -> bad/);
    expect(pushed.stderr).toMatch(/\[new branch\] +main -> main/);
    expect((await host.see("many")).body).toBe("good");
  });

  it("of an app without a port runs it, and says that it has no address", async () => {
    const pushed = await host.push("worker", shellApp("sleep 1000", []));
    expect(pushed.stderr).toContain("It has no address, since its Dockerfile exposes no TCP port");
    expect(pushed.status).toBe(0);
    expect((await host.see("worker")).status).toBe(404);
    expect((await host.containers()).filter((name) => name.includes("worker-main"))).toHaveLength(
      1,
    );
  });
});

describe("a push that fails", () => {
  it("in the build is rejected with the failing step, and the old release serves on", async () => {
    await host.push("frail", page("stable"));
    const pushed = await host.push("frail", brokenBuild);
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("about to break");
    expect(pushed.stderr).toMatch(/remote: {2}! {5}.*The previous release is still serving/);
    expect((await host.see("frail")).body).toBe("stable");
  });

  it("because the app crashes shows its last words", async () => {
    const crash = shellApp("echo my last words; exit 3");
    const pushed = await host.push("frail", crash);
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("ended with exit status 3");
    expect(pushed.stderr).toContain("my last words");
    expect((await host.see("frail")).body).toBe("stable");
  });

  it("because the app never answers says what the probe saw", async () => {
    await host.must(host.octo("config:set", "frail/X=1"));
    const pushed = await host.push("frail", shellApp("echo waiting; sleep 1000"));
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toMatch(
      /was not healthy within 5 s: port 80 did not accept a connection/,
    );
    expect((await host.see("frail")).body).toBe("stable");
  });

  it("leaves no candidate behind, and the next push works", async () => {
    const frail = async () => (await host.containers()).filter((name) => name.includes("frail"));
    await expect.poll(frail, { timeout: 60_000 }).toHaveLength(1);
    const pushed = await host.push("frail", page("mended"));
    expect(pushed.status).toBe(0);
    expect((await host.see("frail")).body).toBe("mended");
  });

  it("because there is nothing to build says what to add", async () => {
    const pushed = await host.push("empty", { "README.md": "hello" });
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("There is nothing to build");
    expect(pushed.stderr).toContain("Add a Dockerfile");
  });

  it("is recorded with the truth", async () => {
    const releases = await host.octoJson<{ version: number; status: string }[]>(
      "releases",
      "frail",
    );
    expect(releases.map(({ status }) => status)).toEqual([
      "live",
      "failed",
      "retired",
      "failed",
      "failed",
      "retired",
    ]);
  });
});
