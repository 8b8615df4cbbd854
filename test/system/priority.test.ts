import { resolve } from "node:path";
import { getPriority } from "node:os";
import { expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const source = (name: string) => JSON.stringify(resolve("src/system", name));

/** Priorities are a process's own: this runs in one of its own, as another that does what the daemon does. */
const program = `
  import { getPriority } from "node:os";
  import { createLog } from ${source("log.ts")};
  import { goFirst } from ${source("priority.ts")};
  import { run } from ${source("process.ts")};
  goFirst(createLog("silent"));
  // It reads before it looks, and there is nothing to read until it has been started.
  const child = { file: "sh", args: ["-c", "read line; nice"], input: "\\n", timeoutMs: 30000 };
  const { stdout } = await run(child);
  console.log(getPriority(), Number(stdout));
`;

it("goes before others, and what it starts does not", async () => {
  const argv = ["--import", "tsx", "--input-type=module", "-e", program];
  const { stdout, stderr } = await exec(process.execPath, argv);
  expect(stderr).toBe("");
  const usual = getPriority();
  expect(stdout.trim()).toBe(`${Math.min(-5, usual)} ${usual}`);
});

it("does without where it has no right to", async () => {
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "-e", program];
  const { stdout, stderr } = await exec("setpriv", ["--bounding-set=-sys_nice", ...node]);
  expect(stderr).toBe("");
  expect(stdout.trim()).toBe(`${getPriority()} ${getPriority()}`);
});
