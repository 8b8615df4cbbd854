import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "./exec.ts";
import type { TestHost } from "./test-host.ts";

/** Process id of the host's nginx. */
export async function nginxMaster(host: TestHost): Promise<number> {
  return Number(await readFile(join(host.data, "nginx/nginx.pid"), "utf8"));
}

/** Kills nginx and its workers. */
export async function killNginx(host: TestHost): Promise<void> {
  const master = String(await nginxMaster(host));
  const children = await readFile(`/proc/${master}/task/${master}/children`, "utf8");
  await exec("kill", ["-9", master, ...children.trim().split(" ")]);
}

/** Runs `work` while nginx's master does nothing, so that a publish cannot end. */
export async function whileNginxHangs(host: TestHost, work: () => Promise<void>): Promise<void> {
  const master = await nginxMaster(host);
  process.kill(master, "SIGSTOP");
  try {
    await work();
  } finally {
    process.kill(master, "SIGCONT");
  }
}
