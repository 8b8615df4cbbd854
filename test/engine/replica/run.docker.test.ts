import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ReplicaSpec } from "../../../src/ports.ts";
import { waitFor } from "../../../src/system/wait.ts";
import { collector } from "../../support/collector.ts";
import { busyboxId, never, specOf, testInstance } from "../support.ts";

const test = await testInstance();
const engine = test.connect();
let spec: ReplicaSpec;

beforeAll(async () => {
  await engine.start();
  spec = specOf({ image: await busyboxId(), env: { NAME: "a b" } });
});

afterAll(() => test.destroy());

async function run(command: readonly string[], stdin: Readable | null = null, signal = never) {
  const [stdout, stderr] = [collector(), collector()];
  const io = { stdin, stdout: stdout.stream, stderr: stderr.stream };
  const status = await engine.run(spec, command, io, signal);
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

async function expectNothingLeft(): Promise<void> {
  expect(await test.containers("run")).toEqual([]);
}

it("answers the exit status and keeps the two outputs apart", async () => {
  const command = ["sh", "-c", "echo out $NAME; echo err >&2; exit 7"];
  expect(await run(command)).toEqual({ status: 7, stdout: "out a b\n", stderr: "err\n" });
  await expectNothingLeft();
});

it("reads standard input to its end", async () => {
  const text = "x".repeat(300_000);
  expect(await run(["wc", "-c"], Readable.from([text]))).toMatchObject({
    status: 0,
    stdout: "300000\n",
  });
});

it("needs no input that is never read", async () => {
  const endless = new PassThrough();
  endless.write("never read");
  expect(await run(["true"], endless)).toMatchObject({ status: 0 });
});

it("loses nothing of a long output", async () => {
  const { stdout } = await run(["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' y"]);
  expect(stdout.length).toBe(3_000_000);
});

it("is no replica", async () => {
  const stop = new AbortController();
  const running = run(["sleep", "600"], null, stop.signal);
  running.catch(() => undefined);
  await waitFor(async () => ((await test.containers("run")).length > 0 ? true : null), {
    timeoutMs: 60_000,
  });
  expect(await engine.listReplicas()).toEqual([]);
  stop.abort(new Error("hung up"));
  await expect(running).rejects.toThrow("hung up");
  await expectNothingLeft();
});

it("says when the command is not there", async () => {
  expect(await run(["nosuch"])).toMatchObject({
    status: 127,
    stderr: expect.stringContaining('"nosuch"'),
  });
  await expectNothingLeft();
});

it("leaves none behind that a killed Goku had started", async () => {
  const stop = new AbortController();
  const running = run(["sleep", "600"], null, stop.signal);
  running.catch(() => undefined);
  await waitFor(async () => (await test.containers("run"))[0]?.State === "running" || null, {
    timeoutMs: 60_000,
  });
  // The engine that runs it leaves it alone, the next one does not.
  await engine.start();
  expect(await test.containers("run")).toHaveLength(1);
  await test.connect().start();
  await expectNothingLeft();
  await running.catch(() => undefined);
});
