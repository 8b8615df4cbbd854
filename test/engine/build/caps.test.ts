import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBuildCaps } from "../../../src/engine/build/caps/build-caps.ts";
import { limitCgroup } from "../../../src/engine/build/caps/cgroup.ts";
import { idleMs, keepToCores } from "../../../src/engine/build/caps/cores.ts";
import { limitFiles } from "../../../src/engine/build/caps/limits.ts";
import { gatherSteps } from "../../../src/engine/build/caps/steps.ts";
import { silentLog } from "../../support/silent-log.ts";

const limits = { cpus: 1.5, memoryBytes: 1_000_000_000 };
let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "goku-cgroup-"));
});
afterEach(() => rm(root, { recursive: true }));

/** The kernel makes these files; here the test does. */
async function files(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), "");
  }
}

const content = (path: string) => readFile(join(root, path), "utf8");

it("speaks the kernel's two languages", () => {
  const spoken = (version: 1 | 2) =>
    limitFiles(version, limits).map(({ file, value }) => [file, value]);
  expect(spoken(2)).toEqual([
    ["cpu.max", "150000 100000"],
    ["cpu.idle", "0"],
    ["memory.max", "1000000000"],
    ["memory.swap.max", "0"],
  ]);
  expect(spoken(1)).toEqual([
    ["cpu.cfs_period_us", "100000"],
    ["cpu.cfs_quota_us", "150000"],
    ["cpu.idle", "0"],
    ["memory.limit_in_bytes", "1000000000"],
    ["memory.memsw.limit_in_bytes", "1000000000"],
  ]);
});

it("knows what the last cores had to spare", async () => {
  const lines = [
    "cpu  9 9 9 99 99 9",
    "cpu0 5 0 5 100 7 0 0",
    "cpu1 5 0 5 200 8 0 0",
    "intr 1 2 3",
  ];
  await writeFile(join(root, "stat"), `${lines.join("\n")}\n`);
  expect(await idleMs(0.5, join(root, "stat"))).toBe(2080);
  expect(await idleMs(64, join(root, "stat"))).toBe(3150);
});

describe("cgroup version 1", () => {
  it("has the limits in each controller's hierarchy", async () => {
    await files(
      "cpu/docker/buildkit/cpu.cfs_period_us",
      "cpu/docker/buildkit/cpu.cfs_quota_us",
      "memory/docker/buildkit/memory.limit_in_bytes",
      "cpuacct/docker/buildkit/cpuacct.usage",
    );
    await limitCgroup(root, 1, "docker/buildkit", limits);
    expect(await content("cpu/docker/buildkit/cpu.cfs_quota_us")).toBe("150000");
    expect(await content("memory/docker/buildkit/memory.limit_in_bytes")).toBe("1000000000");
    await expect(content("memory/docker/buildkit/memory.memsw.limit_in_bytes")).rejects.toThrow();
  });

  it("has builds on as many cores as they may use, the last ones", async () => {
    await files(
      "cpuset/cpuset.effective_cpus",
      "cpuset/cpuset.effective_mems",
      "cpuset/goku-builds/cpuset.cpus",
      "cpuset/goku-builds/cpuset.mems",
    );
    await writeFile(join(root, "cpuset/cpuset.effective_cpus"), "0-2,5\n");
    await writeFile(join(root, "cpuset/cpuset.effective_mems"), "0\n");
    await keepToCores(root, 1, "goku-builds", 1.5);
    expect(await content("cpuset/goku-builds/cpuset.cpus")).toBe("2,5");
    expect(await content("cpuset/goku-builds/cpuset.mems")).toBe("0");
  });

  it("has them on any core without cpusets", async () => {
    await keepToCores(root, 1, "goku-builds", 1.5);
    await expect(content("cpuset/goku-builds/cpuset.cpus")).rejects.toThrow(/ENOENT/);
  });

  it("gathers the steps at the top, but not for the memory, whose cap is their parent's", async () => {
    const step = "docker/buildkit/w7f22ld1vqwufz9wudgp27u2n/cgroup.procs";
    const app = `docker/${"0123456789abcdef".repeat(4)}/cgroup.procs`;
    const controllers = ["cpu", "cpuacct", "cpuset", "memory"];
    for (const controller of controllers) {
      await files(
        ...[step, app, "goku-builds/cgroup.procs"].map((path) => `${controller}/${path}`),
      );
      await writeFile(join(root, controller, step), "4711\n");
      await writeFile(join(root, controller, app), "4712\n");
    }
    await gatherSteps(root, 1, "cgroupfs");
    const gathered = controllers.map((each) => content(`${each}/goku-builds/cgroup.procs`));
    expect(await Promise.all(gathered)).toEqual(["4711", "4711", "4711", ""]);
  });

  it("cannot be limited without the controllers", async () => {
    await expect(limitCgroup(root, 1, "docker/buildkit", limits)).rejects.toThrow(/ENOENT/);
  });
});

describe("cgroup version 2", () => {
  it("has the limits in one folder, and the controllers all the way down", async () => {
    await files(
      "cgroup.subtree_control",
      "docker/cgroup.subtree_control",
      "docker/buildkit/cpu.max",
      "docker/buildkit/memory.max",
      "docker/buildkit/memory.swap.max",
    );
    await limitCgroup(root, 2, "docker/buildkit", limits);
    expect(await content("cgroup.subtree_control")).toBe("+cpu +memory");
    expect(await content("docker/cgroup.subtree_control")).toBe("+cpu +memory");
    expect(await content("docker/buildkit/cpu.max")).toBe("150000 100000");
    expect(await content("docker/buildkit/memory.swap.max")).toBe("0");
  });

  it("has builds on as many cores as they may use, and on all where they may use more", async () => {
    await files("cgroup.subtree_control", "goku-builds/cpuset.cpus", "cpuset.cpus.effective");
    await writeFile(join(root, "cpuset.cpus.effective"), "0-3\n");
    await keepToCores(root, 2, "goku-builds", 2);
    expect(await content("cgroup.subtree_control")).toBe("+cpuset");
    expect(await content("goku-builds/cpuset.cpus")).toBe("2,3");
    await files("goku-builds/cpuset.cpus");
    await keepToCores(root, 2, "goku-builds", 64);
    expect(await content("goku-builds/cpuset.cpus")).toBe("0,1,2,3");
  });

  it("has them on any core where the kernel does not give out cores", async () => {
    await files("goku-builds/cpuset.cpus");
    await keepToCores(root, 2, "goku-builds", 2);
    expect(await content("goku-builds/cpuset.cpus")).toBe("");
  });

  it("gathers the steps of builds where systemd has Docker's cgroups, and nothing else", async () => {
    const step = "system.slice/system.slice:docker:w7f22ld1vqwufz9wudgp27u2n";
    const others = ["system.slice/docker-0123.scope", "system.slice/ssh.service"];
    await files("goku-builds/cgroup.procs", `${step}/cgroup.procs`);
    await files(...others.map((name) => `${name}/cgroup.procs`));
    await writeFile(join(root, step, "cgroup.procs"), "4711\n");
    for (const name of others) {
      await writeFile(join(root, name, "cgroup.procs"), "1\n");
    }
    await gatherSteps(root, 2, "systemd");
    expect(await content("goku-builds/cgroup.procs")).toBe("4711");
  });
});

describe("a build", () => {
  it("that was the last one leaves nobody giving way: another's may have been gathered with it", async () => {
    const paths = ["goku-builds", "docker/buildkit"];
    const limited = ["cpu.max", "cpu.idle", "memory.max", "memory.swap.max"];
    await files(
      "cgroup.subtree_control",
      "docker/cgroup.subtree_control",
      ...paths.flatMap((path) => limited.map((file) => `${path}/${file}`)),
    );
    const last = paths.map((path) => `${path}/memory.swap.max`);
    const areWritten = () =>
      expect.poll(() => Promise.all(last.map(content)), { timeout: 30_000 }).toEqual(["0", "0"]);
    const caps = createBuildCaps(limits, silentLog(), root);
    const build = async () => {
      await areWritten();
      await files(...last);
      await writeFile(join(root, "goku-builds/cpu.idle"), "1");
    };

    await caps.during({ driver: "cgroupfs", version: 2 }, () => undefined, build);

    await areWritten();
    expect(await content("goku-builds/cpu.idle")).toBe("0");
  });

  it("is told when it cannot be capped, and is done all the same", async () => {
    const lines: string[] = [];
    const caps = createBuildCaps(limits, silentLog(), root);
    const setup = { driver: "none", version: 2 as const };
    const result = await caps.during(
      setup,
      (line) => lines.push(line),
      async () => "built",
    );
    expect(result).toBe("built");
    expect(lines).toEqual([
      'This build may use the whole machine, since it cannot be capped here: Docker\'s cgroup driver is "none".',
    ]);
  });
});
