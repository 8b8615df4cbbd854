import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { failures, startLoad } from "../support/load.ts";
import { killNginx, nginxMaster } from "../support/nginx.ts";
import { runPush } from "../support/running.ts";
import { page, shellApp } from "../support/sample-apps.ts";
import { type SocketProxy, startSocketProxy } from "../support/socket-proxy.ts";
import { type Expected, expectSound } from "../support/soundness.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;
let docker: SocketProxy;
let folder: string;
let count = 0;
const apps: Record<string, Expected> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-outage-"));
  const socket = join(folder, "docker.sock");
  docker = await startSocketProxy(socket, "/var/run/docker.sock");
  const env = { GOKU_DOCKER: `unix://${socket}`, GOKU_DEADLINE: "60s" };
  host = await TestHost.start({ env });
});

afterAll(async () => {
  await host.destroy();
  await docker.cut();
  await rm(folder, { recursive: true });
});

/** Before each test something works. */
beforeEach(async () => {
  await docker.mend();
  await release("shop");
  await expectSound(host, apps);
});

async function release(app: string): Promise<void> {
  const text = `${app} ${++count}`;
  await host.must(host.push(app, page(text)));
  apps[app] = { page: text };
}

async function newestFailure(app: string): Promise<string | null> {
  const releases = await host.octoJson<{ status: string; failure: string | null }[]>(
    "releases",
    app,
  );
  expect(releases[0]?.status).toBe("failed");
  return releases[0]?.failure ?? null;
}

/** The push is refused for this reason, and what was served is served on. */
async function expectRefused(
  push: Promise<{ status: number | null; stderr: string }>,
  reason: RegExp,
): Promise<void> {
  const { status, stderr } = await push;
  expect(stderr).toMatch(reason);
  expect(stderr).toContain("The previous release is still serving.");
  expect(status).toBe(1);
  expect((await host.see("shop")).body).toBe(apps["shop"]?.page);
}

describe("an nginx that refuses", () => {
  it("an app's own template: the change is refused, and nothing of it stays", async () => {
    const template = join(folder, "broken.conf");
    await writeFile(
      template,
      "server { listen {{http}}; server_name {{serverNames}}; nonsense; }\n",
    );
    const set = await host.octo("config:set", `shop/NGINX_ALT=${template}`);
    expect(set.status).toBe(1);
    expect(set.stderr).toContain("nonsense");
    expect((await host.octo("config:get", "shop/NGINX_ALT")).stdout.trim()).toBe("");
    await expectSound(host, apps);
  });

  it("a file that somebody dropped there: it is set aside, and the push goes live", async () => {
    const dropped = join(host.data, "nginx/apps/stray.conf");
    await writeFile(dropped, "nonsense;\n");
    await release("shop");
    expect(await readFile(`${dropped}.broken`, "utf8")).toBe("nonsense;\n");
    await rm(`${dropped}.broken`);
    await expectSound(host, apps);
  });

  it("its whole configuration: the push is refused, and the old release serves on", async () => {
    const main = join(host.data, "nginx/nginx.conf");
    const good = await readFile(main, "utf8");
    await writeFile(main, `${good}\nnonsense;\n`);
    await expectRefused(host.push("shop", page("refused by nginx")), /nonsense/);
    expect(await newestFailure("shop")).toContain("nginx");
    await writeFile(main, good);
    await expectSound(host, apps);
    await release("shop");
  });
});

describe("an nginx that is killed", () => {
  it("with its workers is back soon", async () => {
    const master = await nginxMaster(host);
    await killNginx(host);
    await expectSound(host, apps);
    expect(await nginxMaster(host)).not.toBe(master);
    await release("shop");
  });

  it("without its workers is back soon, and the next push works", async () => {
    const master = await nginxMaster(host);
    process.kill(master, "SIGKILL");
    await expect.poll(() => nginxMaster(host), { timeout: 60_000 }).not.toBe(master);
    await expectSound(host, apps);
    await release("shop");
  });
});

describe("a Docker that is gone", () => {
  const reason = /Docker (?:does not answer|cannot be reached|is not running)/i;

  it("during a build", async () => {
    const run = `RUN sleep 60; echo ${host.instance}`;
    await host.commit("shop", { Dockerfile: `FROM goku-test/busybox\n${run}\nEXPOSE 80\n` });
    const push = runPush(host, "shop");
    await push.saying(/sleep 60/);
    await docker.cut();
    await expectRefused(push.ended, reason);
    await docker.mend();
    await expectSound(host, apps);
    await release("shop");
  });

  it("while a candidate starts", async () => {
    await host.commit("shop", shellApp("sleep 1000"));
    const push = runPush(host, "shop");
    await push.saying(/Starting shop-main/);
    await docker.cut();
    await expectRefused(push.ended, reason);
    await docker.mend();
    await expectSound(host, apps);
    await release("shop");
  });

  it("before a push", async () => {
    await docker.cut();
    await expectRefused(host.push("shop", page("too early")), reason);
    const listed = await host.octo("status", "shop");
    expect(listed.status).toBe(1);
    expect(listed.stderr).toMatch(reason);
    await docker.mend();
    await expectSound(host, apps);
    await release("shop");
  });

  it("when Goku starts: it starts all the same, and settles when Docker is back", async () => {
    await host.end("SIGKILL");
    await docker.cut();
    await host.serve();
    expect((await host.see("shop")).body).toBe(apps["shop"]?.page);
    await expectRefused(host.push("shop", page("too early")), reason);
    await docker.mend();
    await expectSound(host, apps);
    await release("shop");
  });

  it("while a container dies: that is seen to when Docker is back", async () => {
    await docker.cut();
    const [container = ""] = await host.containers();
    await exec("docker", ["rm", "-f", container]);
    await docker.mend();
    await expectSound(host, apps);
  });

  it("and back a moment later costs no request", async () => {
    const load = startLoad({
      port: host.httpPort,
      host: `shop.${host.domain}`,
      perSecond: 50,
      read: (body) => (body === apps["shop"]?.page ? body : null),
    });
    for (const _ of [1, 2, 3]) {
      await docker.cut();
      await load.more(20);
      await docker.mend();
      await load.more(50);
    }
    expect(failures(await load.end())).toEqual([]);
    await expectSound(host, apps);
  });
});

describe("Goku's own sshd, killed", () => {
  it("is back soon", async () => {
    const pid = await sshdPid();
    await exec("kill", ["-9", pid]);
    await expect.poll(sshdPid, { timeout: 60_000 }).not.toBe(pid);
    await release("shop");
  });
});

async function sshdPid(): Promise<string> {
  return (await readFile(join(host.data, "ssh/sshd.pid"), "utf8")).trim();
}
