import { createReadStream, createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

const sizeMiB = 300;
/** What a push of any size may cost the daemon. */
const mostGrowthMiB = 120;

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("small", page("small")));
}, 120_000);

afterAll(async () => {
  await host.destroy();
});

/** Bytes that do not compress, so that the pack is as large as the file; git is spared the attempt. */
async function addLargeFile(repository: string): Promise<void> {
  const random = createReadStream("/dev/urandom", { end: sizeMiB * 1024 * 1024 - 1 });
  await pipeline(random, createWriteStream(join(host.work(repository), "large")));
  await host.must(host.git(repository, "config", "core.compression", "0"));
  await host.must(host.git(repository, "add", "large"));
  await host.must(host.git(repository, "commit", "-q", "-m", "large"));
}

async function memoryMiB(): Promise<number> {
  const status = await readFile(`/proc/${host.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** The most that the daemon held while `work` was going on. */
async function watchMemory(work: Promise<unknown>): Promise<number> {
  let most = await memoryMiB();
  const over = new AbortController();
  const watched = (async () => {
    while (!over.signal.aborted) {
      most = Math.max(most, await memoryMiB());
      await new Promise((done) => setTimeout(done, 50));
    }
  })();
  await work.finally(() => over.abort());
  await watched;
  return most;
}

it.each(["ssh", "http"] as const)(
  `${sizeMiB} MiB pushed over %s are deployed, and the daemon stays small`,
  async (door) => {
    const app = `large-${door}`;
    await host.commit(app, page(door, { ".dockerignore": "large\n" }));
    await addLargeFile(app);
    const { token } = await host.octoJson<{ token: string }>("tokens:add", `big-${door}`);
    const http = `http://big-${door}:${token}@127.0.0.1:${host.webPort}/git/${app}.git`;
    const url = door === "ssh" ? host.sshUrl(app) : http;
    const before = await memoryMiB();
    const began = performance.now();
    const most = await watchMemory(host.must(host.git(app, "push", url, "main")));
    const seconds = (performance.now() - began) / 1000;
    expect((await host.see(app)).body).toBe(door);
    console.info(
      `${sizeMiB} MiB over ${door}: ${seconds.toFixed(1)} s, daemon +${(most - before).toFixed(0)} MiB`,
    );
    expect(most - before).toBeLessThan(mostGrowthMiB);
  },
  300_000,
);
