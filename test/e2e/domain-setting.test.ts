import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { page, shellApp } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", page("blog", { CNAME: "blog.example\n" })));
  await host.must(host.push("worker", shellApp("exec sleep 1000", [])));
});

afterAll(async () => {
  await host.destroy();
});

it("an app without EXPOSE lists no host that would answer 404", async () => {
  expect((await host.see("worker")).status).toBe(404);
  expect(await host.octoJson("domains", "worker")).toEqual([]);
  expect((await host.octo("domains", "worker")).stderr).toContain(
    "No domain leads to worker, since its Dockerfile exposes no TCP port (EXPOSE).",
  );
  expect((await host.octo("apps")).stdout).toMatch(/^worker .* -$/m);
  expect((await host.octo("info", "worker")).stdout).not.toContain("goku.test");
});

it("running apps follow another setting `domain`, without a release", async () => {
  const before = await host.containers();
  await host.end();
  await host.serve({ GOKU_DOMAIN: "moved.test" });
  expect((await host.ask("blog.moved.test")).body).toBe("blog");
  expect((await host.ask("blog-main.moved.test")).body).toBe("blog");
  expect((await host.ask("blog.example")).body).toBe("blog");
  expect((await host.ask("blog.goku.test")).status).toBe(404);
  expect(await host.octoJson("domains", "blog")).toEqual([
    "blog.moved.test",
    "blog-main.moved.test",
    "blog.example",
  ]);
  expect(await host.containers()).toEqual(before);
  await host.must(host.octo("stop", "blog"));
  expect((await host.ask("blog.moved.test")).status).toBe(503);
  await host.end();
  await host.serve();
  expect((await host.ask("blog.goku.test")).status).toBe(503);
  expect((await host.ask("blog.moved.test")).status).toBe(404);
});

/** Has the daemon see these addresses of the machine alone, by the names of interfaces. */
async function serveAt(addresses: Record<string, string>): Promise<void> {
  const seen = Object.entries(addresses).map(([name, address]) => [
    name,
    [{ address, family: "IPv4", internal: false }],
  ]);
  const module = join(host.folder, "addresses.mjs");
  const lines = [
    'import { syncBuiltinESMExports } from "node:module";',
    'import os from "node:os";',
    `os.networkInterfaces = () => (${JSON.stringify(Object.fromEntries(seen))});`,
    "syncBuiltinESMExports();",
  ];
  await writeFile(module, lines.join("\n"));
  await host.serve({ GOKU_DOMAIN: "", NODE_OPTIONS: `--import ${module}` });
}

it("apps keep their names after a boot that an address comes too late for", async () => {
  await host.end();
  await serveAt({ eth0: "203.0.113.7" });
  await host.must(host.octo("start", "blog"));
  expect((await host.ask("blog.203.0.113.7.sslip.io")).body).toBe("blog");
  await host.end();
  await serveAt({});
  expect((await host.ask("blog.203.0.113.7.sslip.io")).body).toBe("blog");
  expect(host.log).toContain("does not have its address yet");
  await host.end();
  await serveAt({ eth0: "203.0.113.8" });
  expect((await host.ask("blog.203.0.113.8.sslip.io")).body).toBe("blog");
  expect((await host.ask("blog.203.0.113.7.sslip.io")).status).toBe(404);
});
