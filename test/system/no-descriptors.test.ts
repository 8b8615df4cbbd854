import { resolve } from "node:path";
import { expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const source = (name: string) => JSON.stringify(resolve("src/system", name));

/** File descriptors are a process's own: this runs in one of its own, which ends with whatever nobody listens to. */
const program = `
  import { closeSync, openSync } from "node:fs";
  import { Readable } from "node:stream";
  import { text } from "node:stream/consumers";
  import { run } from ${source("process.ts")};
  import { streamCommand } from ${source("stream-command.ts")};
  const held = [];
  try {
    for (;;) {
      held.push(openSync("/dev/null"));
    }
  } catch {}
  const broken = new Readable({ read: () => undefined });
  const command = { file: "cat", args: [], timeoutMs: 30000 };
  const results = await Promise.allSettled([
    run(command),
    run({ ...command, input: "text", onLine: () => undefined }),
    run({ ...command, input: broken }),
    text(streamCommand(command)),
    text(streamCommand({ ...command, signal: AbortSignal.abort(new Error("hung up")) })),
  ]);
  held.forEach(closeSync);
  broken.destroy(new Error("gone"));
  const { stdout } = await run({ ...command, input: "works again" });
  const said = ({ reason }) => [reason.message, reason.cause?.code].join();
  console.log([...results.map(said), stdout].join("\\n"));
`;

it("fails the one command where no file descriptor is left", async () => {
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "-e", program];
  const limited = ["-c", 'ulimit -n 200 && exec "$@"', "sh", ...node];
  const { status, stdout, stderr } = await exec("sh", limited);
  expect(stderr).toBe("");
  const failed = "cat could not be run,EMFILE";
  expect(stdout.trim().split("\n")).toEqual([
    failed,
    failed,
    failed,
    failed,
    "hung up,",
    "works again",
  ]);
  expect(status).toBe(0);
});
