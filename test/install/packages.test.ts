import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");
let folder: string;
let policy: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-packages-"));
  policy = join(folder, "policy-rc.d");
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => rm(policy, { force: true }));

/** Runs shell commands with the installer's parts at hand; nothing is missing, and what is disabled is said. */
const sh = (commands: string) =>
  exec("sh", [
    "-c",
    `set -eu; for part in ${parts}/*.sh; do . "$part"; done; log=${folder}/log brought=${folder}/brought policy=${policy}
    os() { echo debian; }; update_indices() { :; }; needs_trixie() { false; }; refuse_old_engine() { :; }
    refuse_old_compose() { :; }; check_plugins() { :; }; list_missing() { :; }; disable_service() { echo "disable $*"; }
    listeners_on() { echo "\${sshd-}"; }
    ${commands}`,
  ]);

/** Installs packages and is killed in the middle of it. */
const killedWhileInstalling = (packages: string) =>
  sh(`logged() { kill -KILL $$; }; apt_install "${packages}"`);

it("removes the policy of a run that was killed, which keeps services from starting", async () => {
  await killedWhileInstalling("nginx");
  expect(existsSync(policy)).toBe(true);
  const ended = await sh("install_packages");
  expect(ended.stdout).toContain(`removed ${policy}`);
  expect(ended.stdout).not.toContain("disable");
  expect(existsSync(policy)).toBe(false);
});

it("disables the sshd that such a run brought, but not one that somebody may come in by", async () => {
  await killedWhileInstalling("git openssh-server");
  expect((await sh("install_packages")).stdout).toContain("disable ssh.socket ssh\n");
  await killedWhileInstalling("git openssh-server");
  expect((await sh("sshd=7; install_packages")).stdout).not.toContain("disable");
  expect(existsSync(policy)).toBe(false);
});

it("leaves a policy alone that is somebody else's", async () => {
  await writeFile(policy, "#!/bin/sh\nexit 101\n");
  await sh("logged() { :; }; apt_install nginx; install_packages");
  expect(await readFile(policy, "utf8")).toBe("#!/bin/sh\nexit 101\n");
});

it("says by its policy that no service may start", async () => {
  const ended = await sh('logged() { sh "$policy" || echo "status $?"; }; apt_install "nginx git"');
  expect(ended.stdout).toBe("status 101\n");
  expect(existsSync(policy)).toBe(false);
});
