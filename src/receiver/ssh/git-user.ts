import { readFile } from "node:fs/promises";
import { gitUserFailed } from "../../errors.ts";
import { run } from "../../system/process.ts";
import { systemPath } from "../../system/system-path.ts";

/** The system user that repositories belong to and that people write before the @. */
export interface GitUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

const timeoutMs = 30_000;

/**
 * The user, made if it is absent: with a password that nothing matches instead of a locked account, which sshd refuses
 * where it runs without PAM.
 * @returns null where Goku is not root and works as whoever started it
 * @throws gitUserFailed
 */
export async function ensureGitUser(name = "git"): Promise<GitUser | null> {
  if (process.getuid?.() !== 0) {
    return null;
  }
  const there = await findUser(name);
  if (there !== null) {
    await unlock(name);
    return there;
  }
  const comment = ["--comment", "git repositories of Goku"];
  const account = ["--system", "--user-group", "--create-home", "--home-dir", `/home/${name}`];
  await must(name, "useradd", [
    ...account,
    "--shell",
    "/bin/sh",
    "--password",
    "*",
    ...comment,
    name,
  ]);
  const made = await findUser(name);
  if (made === null) {
    throw gitUserFailed(name, "useradd reported success, and the user is not there");
  }
  return made;
}

async function findUser(name: string): Promise<GitUser | null> {
  const env = { PATH: systemPath };
  const { stdout, exitCode } = await run({
    file: "getent",
    args: ["passwd", name],
    env,
    timeoutMs,
  });
  const [, , uid, gid, , home] = stdout.trim().split(":");
  return exitCode === 0 && uid !== undefined && gid !== undefined && home !== undefined
    ? { name, uid: Number(uid), gid: Number(gid), home }
    : null;
}

/** An account that was made without a password is locked (`!`); it goes on having none. */
async function unlock(name: string): Promise<void> {
  const lines = (await readFile("/etc/shadow", "utf8")).split("\n");
  const password = lines.find((line) => line.startsWith(`${name}:`))?.split(":")[1];
  if (password !== undefined && /^!+\*?$/.test(password)) {
    await must(name, "usermod", ["--password", "*", name]);
  }
}

async function must(user: string, file: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run({ file, args, env: { PATH: systemPath }, timeoutMs });
  if (exitCode !== 0) {
    throw gitUserFailed(user, stderr.trim() || `${file} ended with exit status ${exitCode}`);
  }
}
