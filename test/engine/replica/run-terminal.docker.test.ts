import { PassThrough, Writable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ReplicaSpec } from "../../../src/ports.ts";
import { waitFor } from "../../../src/system/wait.ts";
import { busyboxId, never, specOf, testInstance } from "../support.ts";

const test = await testInstance();
const engine = test.connect();
let spec: ReplicaSpec;

beforeAll(async () => {
  await engine.start();
  spec = specOf({ image: await busyboxId() });
});

afterAll(() => test.destroy());

/** A command on a terminal of 100 by 40 characters, as a client lends one. */
function onTerminal(command: readonly string[], signal: AbortSignal = never) {
  const writes: string[] = [];
  const screen = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        writes.push(chunk.toString());
        done();
      },
    }),
    { isTTY: true, columns: 100, rows: 40 },
  );
  const errors: string[] = [];
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      errors.push(chunk.toString());
      done();
    },
  });
  const keys = new PassThrough();
  const status = engine.run(spec, command, { stdin: keys, stdout: screen, stderr }, signal);
  status.catch(() => undefined);
  return {
    status,
    keys,
    screen,
    writes,
    errors,
    text: () => writes.join(""),
    shows: async (wanted: string) => {
      const seen = await waitFor(async () => (writes.join("").includes(wanted) ? true : null), {
        timeoutMs: 60_000,
        intervalMs: 5,
      });
      expect(seen, `${wanted} in ${JSON.stringify(writes.join(""))}`).toBe(true);
    },
  };
}

it("has the client's size from its first moment, and says with an empty write that it runs", async () => {
  const { status, writes, text, errors } = onTerminal(["sh", "-c", "tty; stty size; echo no >&2"]);
  expect(await status).toBe(0);
  expect(text()).toBe("/dev/pts/0\r\n40 100\r\nno\r\n");
  expect(writes[0]).toBe("");
  expect(errors).toEqual([]);
});

it("follows the client's size", async () => {
  const shell = onTerminal(["sh"]);
  Object.assign(shell.screen, { columns: 80, rows: 25 });
  await shell.shows("# ");
  shell.screen.emit("resize");
  // The shell is asked again until the new size has arrived.
  shell.keys.write("until stty size | grep -x '25 80'; do :; done\n");
  await shell.shows("\r\n25 80\r\n");
  shell.keys.write("exit 3\n");
  expect(await shell.status).toBe(3);
});

it("hands Ctrl-C to the command, which may live on", async () => {
  const shell = onTerminal(["sh", "-c", "trap 'echo caught; exit 9' INT; echo up; sleep 600"]);
  await shell.shows("up");
  shell.keys.write("\u0003");
  expect(await shell.status).toBe(9);
  expect(shell.text()).toContain("caught");
});

it("hands on the keys by which Docker would let go", async () => {
  const shell = onTerminal(["sh", "-c", "stty raw -echo; echo up; head -c 3 | od -An -tx1"]);
  await shell.shows("up");
  shell.keys.write("\u0010\u0011\u0000");
  shell.keys.write("x");
  await shell.shows("10 11 00");
  expect(await shell.status).toBe(0);
});

it("is gone when its client is", async () => {
  const stop = new AbortController();
  const shell = onTerminal(["sh"], stop.signal);
  await shell.shows("# ");
  stop.abort(new Error("hung up"));
  await expect(shell.status).rejects.toThrow("hung up");
  expect(await test.containers("run")).toEqual([]);
});
