import { type ChildProcess, spawn } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { exec } from "../../test/support/exec.ts";
import { freePort } from "../../test/support/free-port.ts";
import type { TestHost } from "../../test/support/test-host.ts";

export interface PlainSshd {
  /** URL of a repository of that folder. */
  url(name: string): string;
  close(): Promise<void>;
}

/** The same sshd with the same configuration as Goku's own, but its key opens a plain shell: git's own way. */
export async function startPlainSshd(
  host: TestHost,
  folder: string,
  repositories: string,
): Promise<PlainSshd> {
  await mkdir(folder, { recursive: true });
  await exec("chmod", ["0711", folder]);
  const port = await freePort();
  const keys = join(folder, "authorized_keys");
  await copyFile(`${host.sshKey}.pub`, keys);
  const config = await readFile(join(host.data, "ssh", "sshd_config"), "utf8");
  const path = join(folder, "sshd_config");
  await writeFile(
    path,
    config
      .replaceAll(/^ListenAddress .*$/gm, `ListenAddress 127.0.0.1:${port}`)
      .replaceAll(/^Port .*$/gm, `Port ${port}`)
      .replaceAll(/^PidFile .*$/gm, `PidFile ${join(folder, "sshd.pid")}`)
      .replaceAll(/^AuthorizedKeysFile .*$/gm, `AuthorizedKeysFile ${keys}`),
    { mode: 0o600 },
  );
  const sshd = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", path], { stdio: "ignore" });
  await listening(sshd, port);
  return {
    url: (name) => `ssh://git@127.0.0.1:${port}${join(repositories, name)}`,
    async close() {
      sshd.kill("SIGTERM");
    },
  };
}

async function listening(sshd: ChildProcess, port: number): Promise<void> {
  while (sshd.exitCode === null) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`sshd ended with ${sshd.exitCode}`);
}
