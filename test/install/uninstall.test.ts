import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { placesOf } from "../../src/router/places.ts";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");
let folder: string;
let keys: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-uninstall-"));
  keys = join(folder, "home/.ssh/authorized_keys");
  for (const each of ["data", "etc", "log", "home/.ssh", "opt"]) {
    await mkdir(join(folder, each), { recursive: true });
  }
  await writeFile(join(folder, "etc/goku.toml"), `data = "${folder}/data"\n`);
  const goku = `restrict,command="exec ${folder}/data/door me" ssh-ed25519 AAAA me\n`;
  await writeFile(keys, `ssh-rsa BBBB theirs\n${goku}`);
  await writeFile(join(folder, "passwd"), `git:x:9:9:git repositories of Goku:${folder}/home:\n`);
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs `uninstall` on a machine that is one folder; a function stands in for a program of the same name. */
const uninstall = (purge: "yes" | "no", commands: string) =>
  exec("sh", [
    "-c",
    `set -eu; for part in ${parts}/*.sh; do . "$part"; done
    settings_file=${folder}/etc/goku.toml log_folder=${folder}/log log=${folder}/log/install.log
    prefix=${folder}/opt units=${folder}/units needrestart=${folder}/needrestart brought=${folder}/etc/installed-packages commands=
    apt_sources=${folder}/none apt_pins=${folder}/none policy=${folder}/policy-rc.d
    need_root() { :; }; has_systemd() { false; }; getent() { grep -s . ${folder}/passwd; }
    running_engine() { echo 28.2.2; }; docker() { :; }
    userdel() { rm -r ${folder}/home ${folder}/passwd; }
    ${commands}
    uninstall ${purge}`,
  ]);

const rest = async () => (await exec("ls", [folder])).stdout.trim().split("\n");

it("purges all there is", async () => {
  const ended = await uninstall("yes", "");
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  expect(ended.stdout).toContain("       the user git\n");
  expect(await rest()).toEqual([""]);
});

it("leaves the user git and other keys without --purge", async () => {
  const ended = await uninstall("no", "");
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  expect(await readFile(keys, "utf8")).toBe("ssh-rsa BBBB theirs\n");
  expect(await rest()).toEqual(["data", "etc", "home", "log", "passwd"]);
});

it("leaves no process id of a Goku that was killed, and nothing of it in /run, without --purge either", async () => {
  const places = placesOf({ folder: join(folder, "data/nginx"), logFolder: "", otherUser: true });
  const left = [join(folder, "data/goku.pid"), places.status, `${places.leaving}3`];
  await Promise.all(left.map((path) => writeFile(path, "999999999\n")));
  expect(await uninstall("no", "")).toMatchObject({ status: 0, stderr: "" });
  expect(left.filter((path) => existsSync(path))).toEqual([]);
});

it("says that a user could not be removed, lets nobody in by its keys, and tries again", async () => {
  const busy = "userdel() { echo 'userdel: user git is used by process 7'; return 8; }";
  const ended = await uninstall("yes", busy);
  expect(ended.status).toBe(1);
  expect(ended.stdout).not.toContain("       the user git\n");
  expect(ended.stdout).toContain("userdel: user git is used by process 7");
  expect(ended.stdout).toContain("ps -fu git");
  expect(ended.stderr).toContain("./install.sh --uninstall --purge");
  expect(await readFile(keys, "utf8")).toBe("ssh-rsa BBBB theirs\n");
  expect(await readFile(join(folder, "log/install.log"), "utf8")).toContain("process 7");

  expect((await uninstall("yes", busy)).status).toBe(1);
  expect(await uninstall("yes", "")).toMatchObject({ status: 0, stderr: "" });
  expect(await rest()).toEqual([""]);
});

it("finds a user git that an earlier --purge left behind", async () => {
  for (const each of ["etc", "opt", "data"]) {
    await rm(join(folder, each), { recursive: true });
  }
  const ended = await uninstall(
    "yes",
    "kept_setting() { echo \"$2\" | sed 's,^/.*,/nowhere/goku,'; }",
  );
  expect(ended.stdout).toContain("       the user git\n");
  expect(ended.status).toBe(0);
});

it("names a volume that could not be removed, and keeps the settings that say whose it is", async () => {
  const held = 'docker() { case "$*" in "volume ls"*) echo mine ;; "volume rm"*) false ;; esac; }';
  const ended = await uninstall("yes", held);
  expect(ended.stdout).toContain("mine, of the volumes: docker volume rm mine\n");
  expect(ended.status).toBe(1);
  expect(await rest()).toEqual(["etc", "log"]);
});

it("takes its word to needrestart back", async () => {
  await mkdir(join(folder, "needrestart"));
  await writeFile(join(folder, "needrestart/goku.conf"), "");
  await writeFile(join(folder, "needrestart/theirs.conf"), "");
  const ended = await uninstall("no", "has_systemd() { true; }; systemctl() { :; }");
  expect(ended.status).toBe(0);
  expect((await exec("ls", [join(folder, "needrestart")])).stdout).toBe("theirs.conf\n");
});

it("takes away a policy that a killed run of the installer left, where there is nothing else too", async () => {
  const policy = join(folder, "policy-rc.d");
  await rm(join(folder, "opt"), { recursive: true });
  await exec("sh", ["-c", `. ${parts}/packages.sh; echo "$policy_mark" >${policy}`]);
  expect(await uninstall("no", "")).toMatchObject({ status: 0, stderr: "" });
  expect(existsSync(policy)).toBe(false);
});
