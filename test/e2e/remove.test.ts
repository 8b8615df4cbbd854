import { randomInt } from "node:crypto";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../src/system/wait.ts";
import { exec } from "../support/exec.ts";
import { envOf, replicaIds } from "../support/replicas.ts";
import { runPush } from "../support/running.ts";
import { page } from "../support/sample-apps.ts";
import { soon } from "../support/soon.ts";
import { TestHost } from "../support/test-host.ts";

/** A page, and a volume that the app has because the image says so. */
const keeping = (text: string) =>
  page(text, {
    Dockerfile:
      'FROM goku-test/busybox\nCOPY www /www\nVOLUME /kept\nEXPOSE 80\nCMD ["httpd", "-f", "-p", "80", "-h", "/www"]\n',
  });

/** A number of seconds that nobody else on the machine sleeps for. */
const nap = `${randomInt(10_000, 99_999)}`;
const slow = {
  Dockerfile: `FROM goku-test/busybox\nRUN printf 'begun %s\\n' now; sleep ${nap}\nEXPOSE 80\n`,
};

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
});

afterAll(async () => {
  await host.destroy();
});

const volumes = () =>
  exec("docker", ["volume", "ls", "-q", "--filter", `label=goku.instance=${host.instance}`]);

const repository = (name: string) => join(host.data, "repositories", `${name}.git`);

describe("remove", () => {
  it("takes the app off the air with its containers, vars and releases", async () => {
    await host.must(host.octo("config:set", "blog/GREETING=hello"));
    await host.must(host.push("blog", keeping("v1")));
    const removed = await host.must(host.octo("remove", "blog"));
    expect(removed.stdout).toContain("Its config vars and its release history are gone");
    expect(removed.stdout).toMatch(
      /Removing blog\n.*Its volumes and its repository are kept\n.*octo remove blog --force\nRemoved blog\.\n$/s,
    );
    expect((await host.see("blog")).status).toBe(404);
    expect((await host.see("blog-main")).status).toBe(404);
    expect(await replicaIds(host, "blog-main")).toEqual([]);
    expect((await host.octo("config", "blog")).status).toBe(1);
    expect((await host.octo("releases", "blog")).stderr).toContain('There is no app "blog"');
    expect((await host.octo("events")).stdout).toMatch(/remove +blog-main/);
  });

  it("keeps the repository, and the same commit can be pushed again", async () => {
    await access(repository("blog"));
    const pushed = await host.push("blog", null);
    expect(pushed.stderr).toMatch(/v1 of blog-main is live/);
    expect(pushed.status).toBe(0);
    expect((await host.see("blog")).body).toBe("v1");
    expect(await envOf(host, "blog")).not.toHaveProperty("GREETING");
  });

  it("--force takes the volumes and the repository too, and the next push makes it anew", async () => {
    const labels = ["--label", `goku.instance=${host.instance}`, "--label", "goku.app=blog-main"];
    await exec("docker", ["volume", "create", ...labels, `${host.instance}-blog-kept`]);
    await host.must(host.octo("remove", "blog"));
    expect((await volumes()).stdout.split("\n")).toEqual([
      `${host.instance}-blog-kept`,
      expect.stringContaining(`${host.instance}-blog-main_kept-`),
      "",
    ]);
    await host.must(host.push("blog", null));
    await host.must(host.octo("remove", "blog", "--force"));
    await expect(access(repository("blog"))).rejects.toThrow("ENOENT");
    expect((await volumes()).stdout).toBe("");
    await host.must(host.push("blog", null));
    expect((await host.see("blog")).body).toBe("v1");
  });

  it("--force that goes on is taken back by a push, and not gone on with by a restart", async () => {
    const volume = (await volumes()).stdout.trim();
    const { stdout } = await host.must(
      exec("docker", ["create", "-v", `${volume}:/kept`, "goku-test/busybox", "true"]),
    );
    try {
      const removed = await host.octo("remove", "blog", "--force");
      expect(removed.stderr).toContain(
        "blog is off the air, and not all of it could be taken away",
      );
      expect((await host.see("blog")).status).toBe(404);
      const restarted = await host.octo("restart", "blog");
      expect(restarted.stderr).toContain("blog is being removed");
      const pushed = await host.must(host.push("blog", null));
      expect(pushed.stderr).toContain("of blog-main is live");
    } finally {
      await exec("docker", ["rm", stdout.trim()]);
    }
    await host.end();
    await host.serve();
    await host.must(host.octo("restart", "blog"));
    expect((await host.see("blog")).body).toBe("v1");
    expect((await volumes()).stdout.trim()).toBe(volume);
  });

  it("--force takes what an earlier removal has kept", async () => {
    await host.must(host.push("left", keeping("v1")));
    await host.must(host.octo("remove", "left"));
    expect((await volumes()).stdout).toContain("-left-main_kept-");
    await host.must(host.octo("remove", "left", "--force"));
    await expect(access(repository("left"))).rejects.toThrow("ENOENT");
    expect((await volumes()).stdout).not.toContain("-left-main_kept-");
    expect((await host.octo("remove", "left")).stderr).toContain('There is no app "left"');
  });

  it("--force of one branch leaves the repository to the other", async () => {
    await host.must(host.push("blog", keeping("feature"), "feature"));
    await host.must(host.octo("remove", "blog-feature", "--force"));
    expect((await host.see("blog-feature")).status).toBe(404);
    expect((await host.see("blog")).body).toBe("v1");
    await access(repository("blog"));
    await host.must(host.push("blog", null, "feature"));
    expect((await host.see("blog-feature")).body).toBe("feature");
  });

  it("is not what a push does that deletes the default branch, and its other branches go live", async () => {
    await host.must(host.push("dear", keeping("dear")));
    const pushed = await host.git("dear", "push", host.sshUrl("dear"), ":main", "main:feature");
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("main is the default branch, and a push does not delete it");
    expect(pushed.stderr).toContain("octo remove dear");
    expect((await host.see("dear")).body).toBe("dear");
    expect((await host.see("dear-feature")).body).toBe("dear");
    const gone = await host.must(host.git("dear", "push", host.sshUrl("dear"), ":feature"));
    expect(gone.stderr).toContain("dear-feature is removed");
  });

  it("forgets which branch was the default one, once the repository is gone", async () => {
    await host.must(host.push("other", keeping("on main")));
    await host.must(host.octo("remove", "other", "--force"));
    await host.must(host.push("other", keeping("on master"), "master"));
    expect((await host.see("other")).body).toBe("on master");
  });

  it("by a deleted branch that Goku stops in takes the branch, too, so that it can be pushed again", async () => {
    await host.end();
    await host.serve({ GOKU_STOP: "5s" });
    await host.must(host.push("cut", page("main")));
    await host.must(host.push("cut", page("feature"), "feature"));
    const pushing = runPush(host, "cut", ":feature");
    const isOff = async () => ((await host.see("cut-feature")).status === 404 ? true : null);
    expect(await waitFor(isOff, { timeoutMs: 60_000 })).toBe(true);
    await host.end();
    expect((await pushing.ended).status).toBe(1);
    await host.serve();
    const pushed = await host.must(host.push("cut", null, "feature"));
    expect(pushed.stderr).toContain("v1 of cut-feature is live");
  });

  it("frees its domains for others", async () => {
    await host.must(host.octo("domains:set", "blog", "www.example.org"));
    const taken = await host.push("shop", page("shop", { CNAME: "www.example.org\n" }));
    expect(taken.stderr).toContain("The domain www.example.org belongs to the app blog.");
    await host.must(host.octo("remove", "blog"));
    await host.must(host.push("shop", null));
    expect((await host.ask("www.example.org")).body).toBe("shop");
  });

  it("during a push cancels it", async () => {
    await host.must(host.push("early", page("early")));
    await host.commit("early", slow);
    const pushing = runPush(host, "early");
    await pushing.saying(/begun now/);
    await host.must(host.octo("remove", "early"));
    const ended = await pushing.ended;
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain("removed the app");
    expect((await host.see("early")).status).toBe(404);
    await expect.poll(() => replicaIds(host, "early-main"), { timeout: 60_000 }).toEqual([]);
  });
});

describe("deploys:cancel", () => {
  it("ends a slow build within seconds, and the old release serves on", async () => {
    await host.must(host.push("slow", page("before")));
    await host.commit("slow", slow);
    const pushing = runPush(host, "slow");
    await pushing.saying(/begun now/);
    expect((await host.octo("status", "slow")).stdout).toBe("slow: OK\n");
    const began = performance.now();
    await host.must(host.octo("deploys:cancel", "slow"));
    const ended = await pushing.ended;
    // The build would take hours.
    expect(performance.now() - began).toBeLessThan(60_000);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/The deploy was cancelled: .* cancelled it/);
    expect(ended.stderr).toContain("The previous release is still serving");
    expect((await host.see("slow")).body).toBe("before");
    const [newest] = await host.octoJson<{ status: string }[]>("releases", "slow");
    expect(newest?.status).toBe("cancelled");
    await soon(async () => (await exec("pgrep", ["-f", `^sleep ${nap}$`])).stdout).toBe("");
  });

  it("of nothing says so", async () => {
    const ended = await host.octo("deploys:cancel", "slow");
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain("slow has no deploy that can be cancelled");
  });

  it("lets the next push through", async () => {
    await host.must(host.push("slow", page("after")));
    expect((await host.see("slow")).body).toBe("after");
  });
});
