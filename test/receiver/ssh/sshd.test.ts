import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sshdConfig } from "../../../src/receiver/ssh/sshd-config.ts";
import { type Sshd, startSshd } from "../../../src/receiver/ssh/sshd.ts";
import { processStat } from "../../../src/system/proc.ts";
import { waitFor } from "../../../src/system/wait.ts";
import { exec } from "../../support/exec.ts";
import { freePort } from "../../support/free-port.ts";
import { knowsIpv6, loopbacks } from "../../support/ipv6.ts";
import { silentLog } from "../../support/silent-log.ts";

let folder: string;
const started: Sshd[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-sshd-"));
});

afterAll(async () => {
  await Promise.all(started.map((sshd) => sshd.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function start(name: string, port: number, host = "127.0.0.1"): Promise<Sshd> {
  const sshd = await startSshd({
    folder: join(folder, name),
    listen: { host, port },
    user: "git",
    log: silentLog(),
  });
  started.push(sshd);
  return sshd;
}

const pidOf = async (name: string) =>
  Number(await readFile(join(folder, name, "sshd.pid"), "utf8"));

/** What a client is offered. */
async function scan(port: number, host = "127.0.0.1"): Promise<string> {
  const options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
  const args = ["-vv", "-F", "/dev/null", ...options, "-o", "BatchMode=yes"];
  const ended = await exec("ssh", [...args, "-p", String(port), `git@${host}`, "true"]);
  return ended.stderr;
}

describe("Goku's own sshd", () => {
  it("asks for a key and nothing else, and offers a post-quantum key exchange", async () => {
    const port = await freePort();
    await start("offer", port);
    const said = await scan(port);
    expect(said).toContain("Permission denied (publickey).");
    const offers = said.slice(said.indexOf("peer server KEXINIT proposal"));
    expect(offers).toMatch(/KEX algorithms: .*(sntrup761x25519|mlkem768x25519)/);
    expect(offers).toMatch(/host key algorithms: .*ssh-ed25519/);
    const key = await stat(join(folder, "offer/ssh_host_ed25519_key"));
    expect(key.mode & 0o777).toBe(0o600);
  });

  it("is taken over by the next Goku, with the same host key", async () => {
    const port = await freePort();
    (await start("kept", port)).leave();
    const [pid, key] = [
      await pidOf("kept"),
      await readFile(join(folder, "kept/ssh_host_ed25519_key.pub"), "utf8"),
    ];
    await start("kept", port);
    expect(await pidOf("kept")).toBe(pid);
    expect(await readFile(join(folder, "kept/ssh_host_ed25519_key.pub"), "utf8")).toBe(key);
  });

  it("listens elsewhere after the setting was changed", async () => {
    const [before, after] = [await freePort(), await freePort()];
    (await start("moved", before)).leave();
    const pid = await pidOf("moved");
    await start("moved", after);
    expect(await scan(after)).toContain("Permission denied");
    expect(await scan(before)).toContain("Connection refused");
    expect(processStat(pid)).toBeNull();
  });

  it("is started again when it died", async () => {
    const port = await freePort();
    await start("died", port);
    const pid = await pidOf("died");
    process.kill(pid, "SIGKILL");
    const again = await waitFor(
      async () => {
        const now = await pidOf("died").catch(() => pid);
        return now !== pid && now !== 0 ? now : null;
      },
      { timeoutMs: 30_000 },
    );
    expect(again).not.toBeNull();
    expect(await scan(port)).toContain("Permission denied");
  });

  it("is not mistaken for another process with the number of its pid file", async () => {
    const port = await freePort();
    const sshd = await start("stale", port);
    await sshd.stop();
    await writeFile(join(folder, "stale/sshd.pid"), `${process.pid}\n`);
    await start("stale", port);
    expect(await pidOf("stale")).not.toBe(process.pid);
    expect(await scan(port)).toContain("Permission denied");
  });

  it("names a port that is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(start("busy", port)).rejects.toThrow(
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: .*Address already in use`),
    );
    other.close();
  });

  it.skipIf(!knowsIpv6).each(loopbacks)("listens on %s where it does on [::]", async (address) => {
    const port = await freePort();
    const sshd = await start("both", port, "::");
    expect(await scan(port, address)).toContain("Permission denied");
    await sshd.stop();
  });

  it.skipIf(!knowsIpv6)("does not do with a part of [::]", async () => {
    const other = createServer().listen(0, "0.0.0.0");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(start("part", port, "::")).rejects.toThrow(
      new RegExp(`cannot listen on \\[::\\]:${port}: .*Address already in use`),
    );
    await expect(pidOf("part")).rejects.toThrow("ENOENT");
    other.close();
  });

  it("has a configuration that sshd itself accepts, wherever the folder is", async () => {
    const odd = join(folder, '100% "odd" place');
    await exec("mkdir", ["-p", odd]);
    for (const type of ["ed25519", "ecdsa"]) {
      await exec("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", `${odd}/ssh_host_${type}_key`]);
    }
    const text = sshdConfig({ folder: odd, listen: { host: "::1", port: 2222 }, user: "git" });
    const file = join(odd, "sshd_config");
    await writeFile(file, text);
    const checked = await exec("/usr/sbin/sshd", ["-T", "-f", file]);
    expect(checked.stderr).toBe("");
    expect(checked.stdout).toContain("listenaddress [::1]:2222");
    expect(checked.stdout).toContain("usepam no");
    expect(checked.stdout).toContain("disableforwarding yes");
    expect(checked.stdout).toContain("permitopen any");
  });
});
