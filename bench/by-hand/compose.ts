import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { once } from "node:events";
import { exec } from "../../test/support/exec.ts";
import type { Files } from "../../test/support/working-copies.ts";

const project = "bench-hand";

/**
 * web + worker + database, whose end costs nothing: stopped by SIGKILL, so that docker compose by hand, which stops the
 * old container before it starts the new, loses no time over it.
 */
export function benchProject(text: string, port: string): Files {
  return {
    "compose.yaml": `services:
  web:
    build: ./web
    ports: ["${port}:80"]
    stop_signal: SIGKILL
    depends_on: [db]
  worker:
    image: goku-test/busybox
    command: ["sleep", "1000000"]
    stop_signal: SIGKILL
  db:
    image: goku-test/busybox
    command: ["sleep", "1000000"]
    stop_signal: SIGKILL
    volumes: ["data:/data"]
volumes:
  data:
`,
    "web/Dockerfile":
      'FROM goku-test/busybox\nCOPY www /www\nCMD ["httpd", "-f", "-p", "80", "-h", "/www"]\n',
    "web/www/index.html": text,
  };
}

/** What somebody types on a server after a push: the tree is unpacked, built and brought up. */
export async function composeByHand(repository: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const where = ["-c", "safe.directory=*", "-C", repository];
  const archive = spawn("git", [...where, "archive", "--format=tar", "main"]);
  const unpack = spawn("tar", ["-x", "-m", "-C", folder], {
    stdio: [archive.stdout, "ignore", "inherit"],
  });
  await once(unpack, "close");
  await compose(folder, "up", "-d", "--build", "--quiet-pull");
}

export async function removeByHand(): Promise<void> {
  await compose("/", "down", "-v", "--rmi", "local");
}

async function compose(folder: string, ...args: string[]): Promise<void> {
  const ended = await exec("docker", ["compose", "-p", project, ...args], { cwd: folder });
  if (ended.status !== 0) {
    throw new Error(ended.stderr);
  }
}
