import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../src/system/wait.ts";
import { freePort } from "../support/free-port.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;
let registry: ChildProcess;
let folder: string;
let address: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-registry-"));
  address = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "config.yml");
  const storage = `storage: { filesystem: { rootdirectory: ${join(folder, "images")} } }`;
  await writeFile(config, `version: 0.1\n${storage}\nhttp: { addr: "${address}" }\n`);
  registry = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  const look = async () => ((await isThere("/v2/")) ? true : null);
  expect(await waitFor(look, { timeoutMs: 60_000 })).toBe(true);
  host = await TestHost.start({ env: { GOKU_REGISTRY: address } });
});

afterAll(async () => {
  registry.kill("SIGKILL");
  await host.destroy();
  await rm(folder, { recursive: true, force: true });
});

async function isThere(path: string): Promise<boolean> {
  try {
    return (await fetch(`http://${address}${path}`)).ok;
  } catch {
    return false;
  }
}

describe("a push, with a private registry set", () => {
  it("sends the image there, and says so", async () => {
    const pushed = await host.push("blog", page("one"));
    expect(pushed.stderr).toContain(`Pushing blog-main:v1 to ${address}`);
    expect(pushed.status, pushed.stderr).toBe(0);
    const catalog: unknown = await (await fetch(`http://${address}/v2/_catalog`)).json();
    expect(catalog).toEqual({ repositories: [expect.stringContaining("blog-main")] });
  });

  it("is refused when the registry is gone, and the old release serves on", async () => {
    const gone = once(registry, "exit");
    registry.kill("SIGKILL");
    await gone;
    const pushed = await host.push("blog", page("two"));
    expect(pushed.stderr).toMatch(/The image could not be sent to .*blog-main/);
    expect(pushed.stderr).toContain("The previous release is still serving");
    expect(pushed.status).toBe(1);
    expect((await host.see("blog")).body).toBe("one");
  });
});
