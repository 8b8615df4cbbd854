import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGiveWay } from "../../../src/engine/build/caps/give-way.ts";

const path = "goku-builds";
let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "goku-give-way-"));
});
afterEach(() => rm(root, { recursive: true }));

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), content);
}

const kernels = [
  {
    version: 1,
    idle: `cpu/${path}/cpu.idle`,
    used: (ms: number) => write(`cpuacct/${path}/cpuacct.usage`, `${ms * 1e6}\n`),
  },
  {
    version: 2,
    idle: `${path}/cpu.idle`,
    used: (ms: number) => write(`${path}/cpu.stat`, `usage_usec ${ms * 1e3}\nuser_usec 1\n`),
  },
] as const;

describe.each(kernels)("builds, in cgroup version $version", ({ version, idle, used }) => {
  const isIdle = () => readFile(join(root, idle), "utf8");

  it("give way as soon as they were seen to take CPU", async () => {
    const giveWay = createGiveWay(root, version, path);
    await write(idle, "0");
    await used(50_000);
    await giveWay(0, 0);
    expect(await isIdle()).toBe("0");
    await used(50_300);
    await giveWay(1000, 0);
    expect(await isIdle()).toBe("1");
  });

  it("give way where they have little, and want no more", async () => {
    const giveWay = createGiveWay(root, version, path);
    await write(idle, "0");
    await used(50_000);
    await giveWay(0, 7000);
    await used(50_100);
    await giveWay(1000, 7250);
    expect(await isIdle()).toBe("1");
  });

  it("are everybody's equal again when they had nothing", async () => {
    const giveWay = createGiveWay(root, version, path);
    await write(idle, "1");
    await used(700);
    await giveWay(0, 7000);
    await used(949);
    await giveWay(1000, 7249);
    expect(await isIdle()).toBe("0");
  });

  it("are left alone before their first step, and by a kernel that knows no idle cgroups", async () => {
    const giveWay = createGiveWay(root, version, path);
    await giveWay(0, 0);
    await used(0);
    await giveWay(1000, 0);
    await used(1000);
    await giveWay(2000, 0);
    await expect(isIdle()).rejects.toThrow(/ENOENT/);
  });
});
