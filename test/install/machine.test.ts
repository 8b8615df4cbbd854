import { resolve } from "node:path";
import { expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");

/** Runs shell commands with the installer's parts at hand; a function stands in for a program of the same name. */
const sh = (commands: string) =>
  exec("sh", [
    "-c",
    `set -eu; for part in say settings machine packages plugins docker; do . ${parts}/$part.sh; done; read_settings; ${commands}`,
  ]);

it.each(["18.19.0", "20.18.3"])(
  "refuses Node %s and says where to get another",
  async (version) => {
    const ended = await sh(`node() { echo ${version}; }; check_node`);
    expect(ended.stderr).toContain(`this is ${version}`);
    expect(ended.stderr).toContain("Install Node 20.19 or newer");
    expect(ended.status).toBe(1);
  },
);

it.each(["20.19.0", "22.1.0"])("takes Node %s", async (version) => {
  const ended = await sh(`node() { echo ${version}; }; npm() { :; }; check_node`);
  expect(ended.stdout).toContain(`Node ${version}`);
  expect(ended.status).toBe(0);
});

it("says where to get Node where there is none", async () => {
  const ended = await sh("PATH=/nowhere; check_node");
  expect(ended.stderr).toContain("there is none in /nowhere");
  expect(ended.status).toBe(1);
});

const engine = (version: string, containers: string) =>
  `engine_version() { echo "${version}"; }; is_installed() { :; }; docker() { echo "${containers}"; }; refuse_old_engine; list_missing_docker`;

it("leaves an old Docker alone that runs containers", async () => {
  const ended = await sh(engine("20.10.24", "4f5e"));
  expect(ended.stderr).toContain("Docker 20.10.24 is here, and Goku needs 23 or newer.");
  expect(ended.status).toBe(1);
});

it("replaces the package of an old Docker that runs nothing, and its command, which the new one lacks", async () => {
  const ended = await sh(`os() { echo debian; }; ${engine("20.10.24", "")}`);
  expect(ended.stdout).toMatch(/^docker\.io\ndocker-cli$/m);
});

it("leaves the docker command alone that is there without an engine", async () => {
  const ended = await sh(`os() { echo debian; }; ${engine("", "")}`);
  expect(ended.stdout).toMatch(/^docker\.io$/m);
  expect(ended.stdout).not.toMatch(/^docker-cli$/m);
});

it.each(["23.0.1", "28.2.2"])("uses Docker %s", async (version) => {
  const ended = await sh(engine(version, "4f5e"));
  expect(ended.stdout).not.toMatch(/^docker\.io$/m);
  expect(ended.status).toBe(0);
});
