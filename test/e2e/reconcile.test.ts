import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { failures, startLoad } from "../support/load.ts";
import { killNginx } from "../support/nginx.ts";
import { statusesOf } from "../support/releases.ts";
import { page, shellApp } from "../support/sample-apps.ts";
import { type Expected, expectSound } from "../support/soundness.ts";
import { runPush } from "../support/running.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;
let foreign: string;
const apps: Record<string, Expected> = {};

beforeAll(async () => {
  host = await TestHost.start();
  // Named like one of ours, and with the label of another Goku.
  foreign = `${host.instance}-red-main.v9.1`;
  const label = `goku.instance=${host.instance}-other`;
  await host.must(
    docker("run", "-d", "--name", foreign, "--label", label, "goku-test/busybox", "sleep", "9999"),
  );
  for (const app of ["red", "green", "blue"]) {
    await host.must(host.push(app, page(`I am ${app}`)));
    apps[app] = { page: `I am ${app}` };
  }
  await host.must(host.octo("scale", "green=2"));
  apps["green"] = { page: "I am green", replicas: 2 };
  await host.must(host.push("off", page("I am off")));
  await host.must(host.octo("stop", "off"));
  apps["off"] = { page: null, status: 503 };
  await expectSound(host, apps);
});

afterAll(async () => {
  await host.destroy();
  await docker("rm", "-f", foreign);
});

function docker(...args: string[]) {
  return exec("docker", args);
}

/** Ids of the instance's containers that Docker's filters find. */
async function ids(...filters: string[]): Promise<string[]> {
  const label = `label=goku.instance=${host.instance}`;
  const more = filters.flatMap((filter) => ["--filter", filter]);
  const { stdout } = await docker("ps", "-aq", "--no-trunc", "--filter", label, ...more);
  return stdout.split("\n").filter((id) => id !== "");
}

async function replicaOf(app: string): Promise<string> {
  const [id = ""] = await ids(`label=goku.app=${app}-main`, "label=goku.release");
  return id;
}

async function inspect(id: string, format: string): Promise<string> {
  return (await docker("inspect", "--format", format, id)).stdout.trim();
}

async function namespaceOf(replica: string): Promise<string> {
  return (await inspect(replica, "{{.HostConfig.NetworkMode}}")).replace(/^container:/, "");
}

/** Every reload of nginx has a number. */
async function generation(): Promise<number> {
  const state = await readFile(join(host.data, "nginx/state.conf"), "utf8");
  return Number(/return 200 "(\d+)"/.exec(state)?.[1]);
}

describe("a container of a live release", () => {
  const harm: readonly (readonly [string, (replica: string) => Promise<unknown>])[] = [
    ["killed by hand", (id) => docker("kill", id)],
    ["stopped by hand", (id) => docker("stop", "-t", "0", id)],
    ["removed by hand", (id) => docker("rm", "-f", id)],
    [
      "without its namespace, which was killed",
      async (id) => docker("kill", await namespaceOf(id)),
    ],
    [
      "without its namespace, which was removed",
      async (id) => docker("rm", "-f", await namespaceOf(id)),
    ],
    [
      "gone with its namespace",
      async (id) => {
        const namespace = await namespaceOf(id);
        await docker("rm", "-f", id, namespace);
      },
    ],
  ];
  it.each(harm)("is back when it was %s", async (_, harmIt) => {
    const others = [...(await ids("label=goku.app=green-main")), await replicaOf("blue")].sort();
    await harmIt(await replicaOf("red"));
    await expectSound(host, apps);
    const now = [...(await ids("label=goku.app=green-main")), await replicaOf("blue")].sort();
    expect(now).toEqual(others);
  });

  it("is not missed where there are two: no request fails", async () => {
    const load = startLoad({
      port: host.httpPort,
      host: `green.${host.domain}`,
      perSecond: 50,
      read: (body) => (body === "I am green" ? body : null),
    });
    await load.more(20);
    await docker("kill", await replicaOf("green"));
    await load.more(100);
    expect(failures(await load.end())).toEqual([]);
    await expectSound(host, apps);
  });

  it("is brought back while another app builds", async () => {
    for (const app of ["long", "longer"]) {
      // Not from the cache of an earlier run.
      const run = `RUN sleep 1000; echo ${host.instance}`;
      await host.commit(app, { Dockerfile: `FROM goku-test/busybox\n${run}\n` });
    }
    const pushes = [runPush(host, "long"), runPush(host, "longer")];
    await Promise.all(pushes.map((push) => push.saying(/RUN sleep/)));
    await docker("kill", await replicaOf("red"));
    await expect.poll(() => answer("red"), { timeout: 60_000 }).toBe("I am red");
    for (const app of ["long", "longer"]) {
      expect(await statusesOf(host, app)).toEqual(["building"]);
      await host.must(host.octo("deploys:cancel", app));
    }
    await Promise.all(pushes.map(({ ended }) => ended));
    apps["long"] = { page: null };
    apps["longer"] = { page: null };
    await expectSound(host, apps);
  });
});

describe("a plain deploy", () => {
  it("reloads nginx once, its retiring included", async () => {
    const before = await generation();
    await host.must(host.push("blue", page("I am still blue")));
    apps["blue"] = { page: "I am still blue" };
    await expectSound(host, apps);
    expect(await generation()).toBe(before + 1);
  });
});

describe("an app that crashes again and again", () => {
  it("is left to Docker's patience, and costs the others nothing", async () => {
    await host.must(
      host.push("crashing", shellApp("if [ -e /again ]; then exit 1; fi; touch /again; httpd -f")),
    );
    const replica = await replicaOf("crashing");
    const before = { generation: await generation(), events: await eventCount("crashing") };
    const others = startLoad({
      port: host.httpPort,
      host: `blue.${host.domain}`,
      perSecond: 50,
      read: (body) => (body === "I am still blue" ? body : null),
    });
    // Ends as if by itself: Docker's own doing is to start it again, ever later.
    await exec("kill", ["-9", await inspect(replica, "{{.State.Pid}}")]);
    await expect
      .poll(async () => Number(await inspect(replica, "{{.RestartCount}}")), { timeout: 60_000 })
      .toBeGreaterThanOrEqual(5);
    await others.more(250);
    expect(failures(await others.end())).toEqual([]);
    expect(await replicaOf("crashing")).toBe(replica);
    expect(await generation()).toBe(before.generation);
    // One for the loop, none for each death; a look at everything may come before the third of those that are heard of.
    expect(await eventCount("crashing")).toBe(before.events + 1);
    expect((await host.octo("events", "crashing")).stdout).toMatch(
      /a container ended 3 times|Docker has restarted a container \d+ times/,
    );
    expect((await host.octo("status", "crashing")).stdout).toBe("crashing: RESTARTING\n");
    expect((await host.octo("ps", "crashing")).stdout).toMatch(/, restarted \d+ times/);
  });

  it("is known to a Goku that has just started, and not told of again", async () => {
    const events = await eventCount("crashing");
    await host.end();
    await host.serve();
    const status = async () => (await host.octo("status", "crashing")).stdout;
    // Three more deaths would take Docker more than thirty seconds.
    await expect.poll(status, { timeout: 60_000 }).toBe("crashing: RESTARTING\n");
    expect(await eventCount("crashing")).toBe(events);
  });

  it("is replaced by the next push as if nothing were", async () => {
    await host.must(host.push("crashing", page("calm at last")));
    apps["crashing"] = { page: "calm at last" };
    await expectSound(host, apps);
  });
});

async function eventCount(app: string): Promise<number> {
  return (await host.octoJson<unknown[]>("events", app)).length;
}

describe("after a reboot", () => {
  it.each(["forwards", "backwards"])("every app is on its own host again (%s)", async (order) => {
    await host.end("SIGKILL");
    const all = await ids();
    const odd = order === "forwards" ? all : all.toReversed();
    await docker("kill", ...odd);
    await killNginx(host);
    // Docker starts what it can in an order of its own, and some of it cannot start yet.
    const replicas = await ids("label=goku.release");
    await docker("start", ...replicas.slice(0, 2));
    await host.serve();
    await expectSound(host, apps);
  });

  it("every app has its address from before, whoever was there first", async () => {
    const red = await replicaOf("red");
    const address = "{{range .NetworkSettings.Networks}}{{.IPAMConfig.IPv4Address}}{{end}}";
    const before = await inspect(await namespaceOf(red), address);
    await host.end("SIGKILL");
    await docker("kill", ...(await ids()));
    // Somebody else's container comes up first on the same network and may take any address that is free.
    const squatter = `squatter-${randomBytes(4).toString("hex")}`;
    const [network = ""] = await networks();
    await host.must(
      docker(
        "run",
        "-d",
        "--name",
        squatter,
        "--network",
        network,
        "goku-test/busybox",
        "sleep",
        "99",
      ),
    );
    try {
      await host.serve();
      await expectSound(host, apps);
      const taken = await inspect(
        squatter,
        "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
      );
      const after = await inspect(await namespaceOf(await replicaOf("red")), address);
      expect(after === before || taken === before).toBe(true);
    } finally {
      await docker("rm", "-f", squatter);
    }
  });

  it("what was removed meanwhile is made anew, and stopped apps stay so", async () => {
    await host.end("SIGKILL");
    await docker("rm", "-f", ...(await ids()));
    await killNginx(host);
    await host.serve();
    await expectSound(host, apps);
  });
});

async function networks(): Promise<string[]> {
  const label = `label=goku.instance=${host.instance}`;
  const { stdout } = await docker("network", "ls", "--format", "{{.Name}}", "--filter", label);
  return stdout.split("\n").filter((name) => name !== "");
}

async function answer(app: string): Promise<string> {
  return (await host.see(app)).body;
}

it("a container without Goku's label has been left alone by all of this", async () => {
  expect(await inspect(foreign, "{{.State.Status}} {{.RestartCount}}")).toBe("running 0");
});
