import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { startUnit } from "../../src/router/nginx/unit.ts";
import { type Host, makeHost } from "./fixture.ts";

let host: Host;

beforeAll(async () => {
  host = await makeHost();
});
afterAll(() => host.end());
afterEach(() => vi.unstubAllEnvs());

/** Starts the unit by a systemctl that only writes down what it is asked. @returns its last command */
async function startWith(unitIs: "active" | "inactive"): Promise<string | undefined> {
  const folder = join(host.folder, "bin");
  const asked = join(host.folder, "asked");
  await mkdir(folder, { recursive: true });
  const status = unitIs === "active" ? 0 : 3;
  await writeFile(
    join(folder, "systemctl"),
    `#!/bin/sh\necho "$*" >>${asked}\nif [ "$1" = is-active ]; then exit ${status}; fi\n`,
  );
  await chmod(join(folder, "systemctl"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
  expect(await startUnit("goku-nginx.service", host.places)).toMatchObject({ exitCode: 0 });
  const commands = (await readFile(asked, "utf8")).trim().split("\n");
  await rm(asked);
  return commands.at(-1);
}

it("a unit that passes for active without a master is started all the same", async () => {
  expect(await startWith("active")).toBe("restart goku-nginx.service");
  expect(await startWith("inactive")).toBe("start goku-nginx.service");
});

it("an nginx that systemd has just started is left alone", async () => {
  await host.router.start();
  expect(await startWith("active")).toBe("start goku-nginx.service");
});
