import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-docker-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Root's own docker speaks to another server. */
const elsewhere = {
  PATH: process.env["PATH"] ?? "",
  DOCKER_HOST: "tcp://192.0.2.1:2376",
  DOCKER_CONTEXT: "production",
  DOCKER_TLS_VERIFY: "1",
  DOCKER_TLS: "1",
};

/** Runs shell commands behind settings; whatever asks Docker says where, and gets no answer. */
async function sh(toml: string, commands: string) {
  await writeFile(join(folder, "goku.toml"), toml);
  return exec(
    "sh",
    [
      "-c",
      `set -eu; for part in ${parts}/*.sh; do . "$part"; done; settings_file=${folder}/goku.toml log=${folder}/log
      systemctl() { echo "systemctl $*"; }; logged() { "$@"; }; has_systemd() { true; }
      docker() { env | grep ^DOCKER_ | sort >&2; false; }
      read_settings; ${commands}`,
    ],
    { env: elsewhere },
  );
}

it.each([
  ["", "unix:///var/run/docker.sock"],
  ['docker = "/srv/docker.sock"', "unix:///srv/docker.sock"],
  ['docker = "unix:///srv/docker.sock"', "unix:///srv/docker.sock"],
])("asks the Docker of the settings and no other: %s", async (toml, socket) => {
  const ended = await sh(toml, "docker ps || true");
  expect(ended).toEqual({ status: 0, stdout: "", stderr: `DOCKER_HOST=${socket}\n` });
});

it.each(["/var/run/docker.sock", "/run/docker.sock"])(
  "starts the machine's own, which listens on %s",
  async (socket) => {
    const ended = await sh(
      `docker = "${socket}"`,
      'running_engine() { echo "${running-}"; }; wait_for() { running=28; }; start_docker',
    );
    expect(ended.stdout).toContain("systemctl restart docker\n");
    expect(ended.status).toBe(0);
  },
);

it("restarts no Docker in place of another that does not answer, and wakes none up to purge it", async () => {
  const toml = 'docker = "/srv/docker.sock"';
  const started = await sh(toml, "start_docker");
  expect(started.stderr).toContain(" !     No Docker answers at unix:///srv/docker.sock, as");
  expect(started.status).toBe(1);
  const purged = await sh(toml, "left=; remove_from_docker yes; echo $left");
  expect(purged.stdout + started.stdout).not.toContain("systemctl");
  expect(purged.status).toBe(0);
});

it("does not upgrade the package of a Docker that is not asked whether it runs containers", async () => {
  const ended = await sh(
    'docker = "/srv/docker.sock"',
    "engine_version() { echo 20.10.24; }; is_installed() { :; }; docker() { :; }; refuse_old_engine",
  );
  expect(ended.stderr).toContain("Docker 20.10.24 is here, and Goku needs 23 or newer.");
  expect(ended.status).toBe(1);
});
