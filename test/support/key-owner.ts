import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Ended, exec } from "./exec.ts";
import type { TestHost } from "./test-host.ts";

/** Somebody with an SSH key of their own. */
export interface KeyOwner {
  readonly publicKey: string;
  /** git in a working copy, over SSH with that key. */
  git(repository: string, ...args: string[]): Promise<Ended>;
  push(repository: string, ...refs: string[]): Promise<Ended>;
  clone(repository: string, into: string): Promise<Ended>;
  /** `ssh git@host VERB` */
  ask(...words: string[]): Promise<Ended>;
}

/** Makes a key, and adds it with these rights unless null. */
export async function keyOwner(
  host: TestHost,
  name: string,
  rights: readonly string[] | null,
): Promise<KeyOwner> {
  const file = join(host.folder, `id_${name}`);
  await host.must(exec("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]));
  const publicKey = await readFile(`${file}.pub`, "utf8");
  if (rights !== null) {
    await host.must(host.octoWith(publicKey, "keys:add", name, ...rights));
  }
  const env = { ...host.gitEnv };
  const ssh = (env["GIT_SSH_COMMAND"] ?? "").replace(host.sshKey, file);
  env["GIT_SSH_COMMAND"] = ssh;
  const git = (repository: string, ...args: string[]) =>
    exec("git", args, { cwd: host.work(repository), env });
  const [program = "", ...options] = ssh.split(" ");
  return {
    publicKey,
    git,
    push: (repository, ...refs) => git(repository, "push", host.sshUrl(repository), ...refs),
    clone: (repository, into) =>
      exec("git", ["clone", "-q", host.sshUrl(repository), into], { cwd: host.folder, env }),
    ask: (...words) =>
      exec(program, [...options, "-p", String(host.sshPort), "git@127.0.0.1", ...words], { env }),
  };
}
