import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { imagesOf } from "../support/docker-api.ts";
import { startDownload } from "../support/download.ts";
import { failures, startLoad, summary } from "../support/load.ts";
import { whileNginxHangs } from "../support/nginx.ts";
import { serverTip, workHead } from "../support/refs.ts";
import { statusesOf, untilPublishing } from "../support/releases.ts";
import { runPush } from "../support/running.ts";
import { page, shellApp } from "../support/sample-apps.ts";
import { soon } from "../support/soon.ts";
import { type Expected, expectSound } from "../support/soundness.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";

let host: TestHost;
/** What every app of this file should be like by now. */
const apps: Record<string, Expected> = {};

beforeAll(async () => {
  // Whoever is killed while a candidate starts is killed in time.
  host = await TestHost.start({ env: { GOKU_DEADLINE: "60s" } });
});

afterAll(async () => {
  await host.destroy();
});

/** Whatever a test leaves: the next push of each app works. */
afterEach(async () => {
  await expectSound(host, apps);
});

async function release(app: string, text: string, more: Files = {}): Promise<void> {
  await host.must(host.push(app, page(text, more)));
  apps[app] = { page: text };
}

async function killAndServeAgain(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  await host.end(signal);
  await host.serve();
}

/** Of an app's images, those of these releases are left before long. */
async function expectImages(app: string, ...versions: readonly string[]): Promise<void> {
  const names = async () => {
    const images = await imagesOf(host.instance);
    return images.filter((image) => image.app === `${app}-main`).map(({ name }) => name);
  };
  const due = versions.map((version) => `${host.instance}-${app}-main:${version}`);
  await expect.poll(names, { timeout: 60_000 }).toEqual(due);
}

/** Pushes it, kills Goku when the pusher has read `pattern`, starts it again, and the old page is served on. */
async function killAt(app: string, files: Files, pattern: RegExp): Promise<void> {
  const before = await workHead(host, app);
  await host.commit(app, files);
  const push = runPush(host, app);
  await push.saying(pattern);
  await killAndServeAgain();
  const ended = await push.ended;
  expect(ended.status).not.toBe(0);
  expect(ended.stderr).toContain(
    "Goku was stopped in the middle of this. Push again once it runs.",
  );
  await expectSound(host, apps);
  expect((await statusesOf(host, app))[0]).toBe("failed");
  expect(await serverTip(host, app)).toBe(before);
  await expectImages(app, "v1");
}

/** Pushes what is committed, and kills Goku when it is about to be served. */
async function killWhilePublishing(app: string): Promise<void> {
  await whileNginxHangs(host, async () => {
    const push = runPush(host, app);
    await untilPublishing(host, app);
    await host.end("SIGKILL");
    expect((await push.ended).status).not.toBe(0);
  });
}

async function pushOnceMore(app: string, text: string): Promise<void> {
  await release(app, text);
  expect(await serverTip(host, app)).toBe(await workHead(host, app));
}

describe("Goku, killed", () => {
  it("during a build: the old release serves, nothing is left, the next push works", async () => {
    await release("building", "built 1");
    const slow = {
      Dockerfile: `FROM goku-test/busybox\nRUN sleep 60; : ${host.instance}\nEXPOSE 80\n`,
    };
    await killAt("building", slow, /sleep 60/);
    await pushOnceMore("building", "built 2");
  });

  it("during a release command", async () => {
    await release("releasing", "released 1");
    const { Dockerfile = "", ...rest } = page("released 2");
    const slow = { ...rest, Dockerfile: `# RELEASE sleep 60\n${Dockerfile}` };
    await killAt("releasing", slow, /Running the release command/);
    await pushOnceMore("releasing", "released 3");
  });

  it("while the candidate starts", async () => {
    await release("starting", "started 1");
    await killAt("starting", shellApp("sleep 1000"), /Starting starting-main v2/);
    await pushOnceMore("starting", "started 2");
  });

  it("during the first push of an app", async () => {
    const late = shellApp("sleep 1000");
    await host.commit("first", late);
    const push = runPush(host, "first");
    await push.saying(/Starting first-main v1/);
    apps["first"] = { page: null };
    await killAndServeAgain();
    expect((await push.ended).status).not.toBe(0);
    await expectSound(host, apps);
    expect(await serverTip(host, "first")).toBe("");
    await expectImages("first");
    await pushOnceMore("first", "at last");
  });

  it("during publish: the release is brought live, and the ref follows", async () => {
    await release("publishing", "published 1");
    await host.commit("publishing", page("published 2"));
    await killWhilePublishing("publishing");
    await host.serve();
    apps["publishing"] = { page: "published 2" };
    await expectSound(host, apps);
    expect(await statusesOf(host, "publishing")).toEqual(["live", "retired"]);
    expect(await serverTip(host, "publishing")).toBe(await workHead(host, "publishing"));
    const again = await host.push("publishing", null);
    expect(again.stderr).toContain("Everything up-to-date");
    await pushOnceMore("publishing", "published 3");
  });

  it("during publish, and the candidate is gone too: the old release is back", async () => {
    await release("unlucky", "lucky 1");
    const before = await workHead(host, "unlucky");
    await host.commit("unlucky", page("lucky 2"));
    await killWhilePublishing("unlucky");
    // nginx has read the new route by now.
    await soon(async () => (await host.see("unlucky")).body).toBe("lucky 2");
    await exec("docker", ["rm", "-f", `${host.instance}-unlucky-main.v2.1`]);
    await host.serve();
    await expectSound(host, apps);
    expect(await statusesOf(host, "unlucky")).toEqual(["failed", "live"]);
    expect(await serverTip(host, "unlucky")).toBe(before);
    await pushOnceMore("unlucky", "lucky 3");
  });

  it("during the publish of a config change: what is served is what is stored", async () => {
    await release("setting", "set 1");
    await whileNginxHangs(host, async () => {
      const set = host.octo("config:set", "setting/COLOR=blue");
      await untilPublishing(host, "setting");
      await host.end("SIGKILL");
      expect((await set).status).not.toBe(0);
    });
    await host.serve();
    await expectSound(host, apps);
    expect(await statusesOf(host, "setting")).toEqual(["live", "retired"]);
    expect((await host.see("setting", "/cgi-bin/env")).body).toContain("COLOR=blue");
    expect((await host.octo("config:get", "setting/COLOR")).stdout.trim()).toBe("blue");
  });

  it("during a stop: the app is stopped", async () => {
    await release("stopping", "not stopped");
    await whileNginxHangs(host, async () => {
      const stop = host.octo("stop", "stopping");
      const status = async () =>
        (await host.octoJson<{ status: string }>("status", "stopping")).status;
      await soon(status).toBe("stopped");
      await host.end("SIGKILL");
      expect((await stop).status).not.toBe(0);
    });
    apps["stopping"] = { page: null, status: 503 };
    await host.serve();
    await expectSound(host, apps);
    await host.must(host.octo("start", "stopping"));
    apps["stopping"] = { page: "not stopped" };
  });

  it("with git, between the release and its ref: the ref follows", async () => {
    await release("reffing", "ref 1");
    await host.commit("reffing", page("ref 2"));
    const push = runPush(host, "reffing");
    let receivePack = 0;
    await whileNginxHangs(host, async () => {
      await untilPublishing(host, "reffing");
      receivePack = await processWith("receive-pack", "reffing.git");
      process.kill(receivePack, "SIGSTOP");
    });
    await expect
      .poll(() => statusesOf(host, "reffing"), { timeout: 60_000 })
      .toEqual(["live", "retired"]);
    process.kill(receivePack, "SIGKILL");
    await host.end("SIGKILL");
    expect((await push.ended).status).not.toBe(0);
    apps["reffing"] = { page: "ref 2" };
    await host.serve();
    await expectSound(host, apps);
    expect(await serverTip(host, "reffing")).toBe(await workHead(host, "reffing"));
    await pushOnceMore("reffing", "ref 3");
  });

  it("while an old release is retired: its download ends whole, and then it goes", async () => {
    const trickle =
      "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n" +
      'i=0\nwhile [ $i -lt 50 ]; do echo "line $i"; i=$((i + 1)); sleep 0.1; done\necho the end\n';
    const more = { "www/cgi-bin/trickle": trickle };
    await release("retiring", "retired 1", more);
    const download = startDownload(host, "retiring", "/cgi-bin/trickle");
    await download.begun;
    await release("retiring", "retired 2", more);
    await killAndServeAgain();
    expect(await download.body).toMatch(/^line 0\n(?:line \d+\n){49}the end\n$/);
  });

  it("again and again while it starts", async () => {
    const socket = join(host.data, "goku.sock");
    await host.end("SIGKILL");
    // Whoever is ready by the time it is killed does not count.
    for (let killed = 0; killed < 3;) {
      const before = (await stat(socket)).ctimeMs;
      const serving = host.serve().then(
        () => 0,
        () => 1,
      );
      await expect
        .poll(async () => (await stat(socket).catch(() => null))?.ctimeMs ?? before, {
          timeout: 60_000,
          interval: 5,
        })
        .not.toBe(before);
      await host.end("SIGKILL");
      killed += await serving;
    }
    await host.serve();
  });

  it("while it has nothing to do: no request is lost, and it is back soon", async () => {
    await release("idle", "still here");
    const domain = `idle.${host.domain}`;
    const read = (body: string) => (body === "still here" ? body : null);
    const load = startLoad({ port: host.httpPort, host: domain, perSecond: 100, read });
    await load.more(50);
    await host.end("SIGKILL");
    await load.more(50);
    const began = performance.now();
    await host.serve();
    const backMs = performance.now() - began;
    await load.more(100);
    const seen = await load.end();
    console.log(`killed while idle: ready again in ${backMs.toFixed(0)} ms; ${summary(seen)}`);
    expect(failures(seen)).toEqual([]);
  });
});

describe("Goku, asked to stop", () => {
  it("in the middle of a deploy tells the pusher, and the next push works", async () => {
    await release("ending", "ended 1");
    const before = await workHead(host, "ending");
    const slow = {
      Dockerfile: `FROM goku-test/busybox\nRUN sleep 60; : ${host.instance}\nEXPOSE 80\n`,
    };
    await host.commit("ending", slow);
    const push = runPush(host, "ending");
    await push.saying(/sleep 60/);
    await host.end("SIGTERM");
    const ended = await push.ended;
    expect(ended.status).not.toBe(0);
    expect(ended.stderr).toContain("Goku is stopping");
    await host.serve();
    await expectSound(host, apps);
    expect((await statusesOf(host, "ending"))[0]).toBe("cancelled");
    expect(await serverTip(host, "ending")).toBe(before);
    await pushOnceMore("ending", "ended 2");
  });

  it("in the middle of publish finishes that first", async () => {
    await release("finishing", "finished 1");
    await host.commit("finishing", page("finished 2"));
    let [ending, pushed] = [Promise.resolve(), Promise.resolve<unknown>(null)];
    await whileNginxHangs(host, async () => {
      pushed = runPush(host, "finishing").ended;
      await untilPublishing(host, "finishing");
      ending = host.end("SIGTERM");
    });
    expect(await pushed).toMatchObject({ status: 0 });
    await ending;
    apps["finishing"] = { page: "finished 2" };
    await host.serve();
  });
});

/** The process whose command line has all these words in it. */
async function processWith(...words: string[]): Promise<number> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  for (const pid of pids) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const isOurs = words.every((word) => line.includes(word)) && line.includes(host.folder);
    if (isOurs && line.startsWith("git")) {
      return pid;
    }
  }
  throw new Error(`no process has ${words.join(" and ")} in its command line`);
}
