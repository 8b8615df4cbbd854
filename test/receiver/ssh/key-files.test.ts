import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createKeyFiles } from "../../../src/receiver/ssh/key-files.ts";
import { keyNamed } from "../support/door-host.ts";
import { silentLog } from "../../support/silent-log.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-keys-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const alice = keyNamed("alice", "ssh-ed25519 AAAA");
const bob = keyNamed("bob", "ssh-ed25519 BBBB");

function keyFiles(hostDoor: boolean) {
  const { uid, gid } = userInfo();
  return createKeyFiles({
    folder: join(folder, "ssh"),
    sshCommand: join(folder, "bin/ssh-command"),
    gitUser: { name: "git", uid, gid, home: join(folder, "home") },
    hostDoor,
    log: silentLog(),
  });
}

const mode = async (path: string) => (await stat(join(folder, path))).mode & 0o777;
const read = (path: string) => readFile(join(folder, path), "utf8");

it("writes both doors' files, the machine's own with the modes that sshd demands", async () => {
  await mkdir(join(folder, "home/.ssh"), { recursive: true, mode: 0o777 });
  await writeFile(join(folder, "home/.ssh/authorized_keys"), "ssh-rsa AAAA somebody\n");
  await keyFiles(true).write([alice]);
  expect(await read("ssh/authorized_keys")).toContain("ssh-command alice");
  expect(await mode("ssh/authorized_keys")).toBe(0o640);
  expect(await mode("home/.ssh")).toBe(0o700);
  expect(await mode("home/.ssh/authorized_keys")).toBe(0o600);
  const host = await read("home/.ssh/authorized_keys");
  expect(host.startsWith("ssh-rsa AAAA somebody\n")).toBe(true);
  expect(host).toContain("ssh-command alice");
});

it("leaves the machine's own file alone for other instances", async () => {
  await keyFiles(false).write([alice]);
  await expect(stat(join(folder, "home"))).rejects.toThrow("ENOENT");
});

it("the last of many changes is what stays", async () => {
  const files = keyFiles(true);
  await Promise.all([
    files.write([alice]),
    files.write([alice, bob]),
    files.write([]),
    files.write([bob]),
  ]);
  expect(await read("ssh/authorized_keys")).toMatch(/^restrict,.*BBBB bob\n$/);
  expect(await read("home/.ssh/authorized_keys")).toMatch(/^restrict,.*BBBB bob\n$/);
});
