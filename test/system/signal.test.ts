import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { signalProcess } from "../../src/system/signal.ts";

it("ends a process, and finds nothing wrong where there is none any more", async () => {
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  signalProcess(pid, "SIGTERM");
  expect(await once(child, "exit")).toEqual([null, "SIGTERM"]);
  expect(() => process.kill(pid, "SIGTERM")).toThrow("ESRCH");
  expect(() => signalProcess(pid, "SIGTERM")).not.toThrow();
});
