import { resolve } from "node:path";
import { expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const source = (name: string) => JSON.stringify(resolve("src", name));

/** File descriptors are a process's own: this runs in one of its own, which ends with whatever nobody listens to. */
const program = `
  import { spawn } from "node:child_process";
  import { closeSync, openSync } from "node:fs";
  import { setTimeout as delay } from "node:timers/promises";
  import { noRoom } from ${source("errors.ts")};
  import { createSessions } from ${source("receiver/sessions.ts")};
  const looksMs = 700;
  const room = { folder: "/", floor: 2 ** 60, full: () => noRoom("/", "1 GiB", "2 GiB") };
  const push = spawn("sleep", ["60"]);
  const sessions = createSessions(room);
  sessions.open({ pid: push.pid, repository: "blog", caller: () => null, lost: null });
  const other = spawn("sleep", ["60"]);
  sessions.open({ pid: other.pid, repository: "blog", caller: () => null, lost: null });
  await sessions.find(push.pid).whileConnected(async (lost) => {
    const held = [];
    try {
      for (;;) {
        held.push(openSync("/dev/null"));
      }
    } catch {}
    await delay(looksMs);
    console.log("blind", lost.aborted);
    held.forEach(closeSync);
    push.kill("SIGKILL");
    await new Promise((end) => lost.addEventListener("abort", end));
    console.log("sees again", lost.aborted);
  });
  other.kill("SIGKILL");
`;

it("nobody's push is lost, nor the daemon, where no file descriptor is left to look with", async () => {
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "-e", program];
  const limited = ["-c", 'ulimit -n 200 && exec "$@"', "sh", ...node];
  const { status, stdout, stderr } = await exec("sh", limited);
  expect(stderr).toBe("");
  expect(stdout).toBe("blind false\nsees again true\n");
  expect(status).toBe(0);
});
