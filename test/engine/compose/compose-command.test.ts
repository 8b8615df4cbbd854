import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { soon } from "../../support/soon.ts";

/** A docker compose that writes down its process id and does not end. */
const lasting = (pidFile: string) => `#!/bin/sh
case "$*" in *version*) echo 2.30.0; exit;; esac
echo $$ > ${pidFile}
exec sleep 1000
`;

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it("docker compose ends with the Goku that runs it, also when that is killed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "goku-compose-command-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const pidFile = join(folder, "pid");
  await writeFile(join(folder, "docker-compose"), lasting(pidFile), { mode: 0o755 });
  const module = join(import.meta.dirname, "../../../src/engine/compose/compose-command.ts");
  const program = `
    import { createComposeCommand } from ${JSON.stringify(module)};
    await createComposeCommand([${JSON.stringify(folder)}]).run({ args: ["up"], timeoutMs: 60_000 });`;
  await writeFile(join(folder, "run.mts"), program);
  const args = ["--import", import.meta.resolve("tsx"), join(folder, "run.mts")];
  const goku = spawn(process.execPath, args, { stdio: "ignore" });
  const ended = once(goku, "exit");
  const pidOf = async () => Number(await readFile(pidFile, "utf8").catch(() => "0"));
  await soon(pidOf).toBeGreaterThan(0);
  const pid = await pidOf();
  expect(isAlive(pid)).toBe(true);
  goku.kill("SIGKILL");
  await ended;
  await soon(() => isAlive(pid)).toBe(false);
});
