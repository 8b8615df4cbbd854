import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-plugins-"));
  await chmod(folder, 0o755);
  await plugin("docker-buildx", "0.13.1");
});
afterAll(() => rm(folder, { recursive: true }));

const plugin = (name: string, version: string, mode = 0o755) =>
  writeFile(join(folder, name), `#!/bin/sh\necho ${version}\n`, { mode }).then(() =>
    chmod(join(folder, name), mode),
  );

/** Runs shell commands with the installer's parts at hand and one folder with plugins. */
const sh = (commands: string) =>
  exec("sh", [
    "-c",
    `set -eu; for part in say machine packages plugins; do . ${parts}/$part.sh; done
     plugin_folders=${folder}; is_installed() { [ "\${ce:-}" = "$1" ]; }; os() { echo "\${distribution:-debian}"; }
     ${commands}`,
  ]);

it.each(["2.20.0", "v2.26.1", "2.26.1-4", "3.0.0", "5.1.2"])(
  "uses docker compose %s",
  async (version) => {
    await plugin("docker-compose", version);
    const ended = await sh("refuse_old_compose; list_missing_plugins");
    expect(ended).toEqual({ status: 0, stdout: "", stderr: "" });
  },
);

it.each([
  ["2.19.1", "distribution=debian", "docker-compose"],
  ["2.9.0", "distribution=ubuntu", "docker-compose-v2"],
  ["1.29.2", "ce=docker-ce-cli", "docker-compose-plugin"],
])("finds docker compose %s too old (%s)", async (version, machine, missing) => {
  await plugin("docker-compose", version);
  expect((await sh(`${machine}; list_missing_plugins`)).stdout).toBe(`${missing}\n`);
  const refused = await sh("refuse_old_compose");
  expect(refused.stderr).toContain(`${folder}/docker-compose is docker compose ${version}`);
  expect(refused.status).toBe(1);
});

it("looks nowhere that only root may run programs", async () => {
  const ended = await sh(`. ${parts}/plugins.sh; echo $plugin_folders`);
  expect(ended.stdout).toContain("/usr/libexec/docker/cli-plugins");
  expect(ended.stdout).not.toContain("/root");
});

it("says where docker compose is once an unprivileged user has run it", async () => {
  await plugin("docker-compose", "2.26.1");
  const ended = await sh("check_plugins");
  expect(ended.stdout).toContain(`docker compose 2.26.1 (${folder}/docker-compose)`);
  expect(ended.status).toBe(0);
});

it("refuses a docker compose that only root can run", async () => {
  await plugin("docker-compose", "2.26.1", 0o700);
  const ended = await sh("check_plugins");
  expect(ended.stderr).toContain("does not run for a user who is not root");
  expect(ended.status).toBe(1);
});
