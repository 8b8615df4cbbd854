import { statfs } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { Fleet } from "../support/fleet.ts";
import { asService, greedyBuilds } from "../support/greedy-builds.ts";
import {
  type LoadProcess,
  phaseSummary,
  reportOf,
  startLoadProcess,
} from "../support/load-process.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";

/* A build that takes whatever it gets, beside apps that are asked: test/soak/greedy-builds.test.ts holds the ratio. */

const mebibyte = 2 ** 20;
const perSecond = 100;
/** Of two cores that a test machine shares with the test itself. */
const slackMs = 40;
/** What others do on the same hardware takes the cores away for seconds: at best of so many pushes. */
const mostPushes = 3;
/** The caps are the machine's: another Goku on it, building at this moment, sets its own. */
const shared = { retry: 2 };

let host: TestHost;
let fleet: Fleet;
let load: LoadProcess | null = null;

beforeAll(async () => {
  host = await TestHost.start();
  fleet = await Fleet.start(host, { dockerfiles: 3, projects: 0 });
});

afterEach(() => {
  load?.kill();
  load = null;
});

afterAll(async () => {
  await host.destroy();
});

async function restart(env: Readonly<Record<string, string>>): Promise<void> {
  await host.end();
  await host.serve(env);
}

/** Pushes it while the other apps are asked: no request fails, and p99 is at most twice that of the time before. */
async function pushBeside(repository: string, files: Files) {
  await host.commit(repository, files);
  for (let push = 1; ; push += 1) {
    const { pushed, alone, beside } = await pushOnce(repository);
    const mostMs = 2 * alone.p99 + slackMs;
    if (beside.p99 < mostMs || push === mostPushes) {
      expect(beside.p99).toBeLessThan(mostMs);
      return pushed;
    }
  }
}

async function pushOnce(repository: string) {
  const { httpPort: port, domain } = host;
  const running = await startLoadProcess({ port, domain, apps: fleet.names, perSecond });
  load = running;
  await running.phase("alone");
  await new Promise((done) => setTimeout(done, 3000));
  await running.phase("beside the build");
  const pushed = await host.push(repository, null);
  const reports = await running.end();
  const [alone, beside] = [reportOf(reports, "alone"), reportOf(reports, "beside the build")];
  console.info(`alone: ${phaseSummary(alone)}\nbeside: ${phaseSummary(beside)}`);
  expect(pushed.status).toBe(1);
  expect(reports.flatMap(({ examples }) => examples)).toEqual([]);
  expect(await fleet.stale()).toEqual([]);
  return { pushed, alone, beside };
}

async function freeBytes(): Promise<number> {
  const { stdout } = await exec("docker", ["info", "--format", "{{.DockerRootDir}}"]);
  const { bavail, bsize } = await statfs(stdout.trim());
  return bavail * bsize;
}

describe("a build leaves the other apps their answers, and its pusher reads why it ended, when it takes all", () => {
  it("CPU", async () => {
    await restart({ GOKU_BUILD_TIMEOUT: "5s" });
    const pushed = await pushBeside("burner", greedyBuilds.cpu(30));
    expect(pushed.stderr).toContain("The build was stopped because it took longer than 5 s.");
  });

  it.each([
    ["of a Dockerfile app", (files: Files) => files],
    ["of a compose project", asService],
  ])("memory, %s", shared, async (_whose, treeOf) => {
    await restart({ GOKU_BUILD_MEMORY: "128m" });
    const pushed = await pushBeside("hoarder", treeOf(greedyBuilds.memory(1)));
    expect(pushed.stderr).toContain("exit status 137");
    expect(pushed.stderr).toContain("more memory than a build may use (GOKU_BUILD_MEMORY)");
  });

  it.each([
    ["of a Dockerfile app", (files: Files) => files],
    ["of a compose project", asService],
  ])("disk, %s", async (_whose, treeOf) => {
    const before = await freeBytes();
    await restart({ GOKU_BUILD_DISK_FLOOR: `${Math.floor(before / mebibyte) - 400}m` });
    const pushed = await pushBeside("filler", treeOf(greedyBuilds.disk(3)));
    expect(pushed.stderr).toMatch(
      /The build was stopped because Docker's disk \(.+\) became too full: .+ are free, and builds have to leave /,
    );
    expect(pushed.stderr).toMatch(/ !  +Let it write less/);
    // What it wrote goes with it.
    await expect.poll(freeBytes, { timeout: 60_000 }).toBeGreaterThan(before - 200 * mebibyte);
  });
});
