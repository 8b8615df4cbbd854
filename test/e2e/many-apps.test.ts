import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noteDockerCalls, type DockerCalls } from "../support/docker-calls.ts";
import { failures, startLoad } from "../support/load.ts";
import { awaitReplicas } from "../support/replicas.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

/*
 * What bench/scale.sh measures with a hundred and a thousand apps, as far as few of them can show it: by what Docker
 * is asked, and not by the clock.
 */

let folder: string;
let docker: DockerCalls;
let host: TestHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-test-"));
  docker = await noteDockerCalls(join(folder, "docker.sock"));
  const env = { GOKU_DOCKER: `unix://${join(folder, "docker.sock")}` };
  host = await TestHost.start({ env });
  await host.must(host.push("blog", page("hello")));
  await host.settled();
});

afterAll(async () => {
  await host.destroy();
  await docker.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a start asks Docker until it is ready, containers' ids left out. */
async function askedAtStart(): Promise<string[]> {
  await host.end();
  docker.clear();
  await host.serve();
  return docker.asked.map((call) => call.replaceAll(/[0-9a-f]{64}/g, "ID"));
}

const starts = 3;

/**
 * The least that a start asked: what goes on behind it may come before the test has read of its end. Looks at single
 * containers do: how many of them are seen by chance does not count.
 */
async function leastAskedAtStart(): Promise<string[]> {
  const asked: string[][] = [];
  while (asked.length < starts) {
    const calls = await askedAtStart();
    asked.push(calls.filter((call) => call !== "GET /containers/ID/json").sort());
  }
  return asked.reduce((least, calls) => (calls.length < least.length ? calls : least));
}

describe("the start of the daemon", () => {
  it("asks Docker the same however many containers there are, and drops no request", async () => {
    const few = await leastAskedAtStart();
    await host.must(host.octo("scale", "blog=5"));
    await awaitReplicas(host, "blog-main", 5);
    const load = startLoad({
      port: host.httpPort,
      host: `blog.${host.domain}`,
      perSecond: 100,
      read: (body) => (body === "hello" ? "hello" : null),
    });
    await load.more(20);
    const many = await leastAskedAtStart();
    await load.more(20);
    expect(failures(await load.end())).toEqual([]);
    expect(many).toEqual(few);
    expect(few.length).toBeGreaterThan(3);
  });

  it("looks after each container, but waits for none of these looks", async () => {
    const ids = await awaitReplicas(host, "blog-main", 5);
    const release = docker.hold(/^GET \/containers\/[0-9a-f]{64}\/json/);
    await askedAtStart();
    release();
    for (const id of ids) {
      await expect
        .poll(() => docker.asked, { timeout: 60_000 })
        .toContain(`GET /containers/${id}/json`);
    }
  });
});

describe("octo status", () => {
  it("asks Docker once for all apps and projects", async () => {
    const asks = async () => {
      docker.clear();
      await host.must(host.octo("status"));
      return docker.asked.length;
    };
    // What the start left to be done behind it asks, too, at first.
    await expect.poll(asks, { timeout: 60_000 }).toBe(1);
  });
});

describe("the daemon that waits", () => {
  it("is small once it has rested", async () => {
    const megabytes = async () => {
      const status = await readFile(`/proc/${host.pid}/status`, "utf8");
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1000;
    };
    // About 100 with a hundred apps; 130 before its garbage is taken out.
    await expect.poll(megabytes, { timeout: 75_000, interval: 1_000 }).toBeLessThan(120);
  });
});
