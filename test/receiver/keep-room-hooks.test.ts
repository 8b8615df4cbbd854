import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import { noRoom } from "../../src/errors.ts";
import { keepRoom } from "../../src/receiver/keep-room.ts";

/** More than any disk has. */
const floor = 2 ** 60;
const room = { folder: tmpdir(), floor, full: () => noRoom(tmpdir(), "1 GiB", "2 GiB") };

/** A process with a child that says how it ended. */
async function parent(): Promise<ChildProcess> {
  const script = `sh -c 'echo begun; read line; echo "$line"'; echo "status $?"`;
  const child = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout ?? child, "data");
  return child;
}

/** All that it says from now on. */
async function rest({ stdout }: ChildProcess): Promise<string> {
  let text = "";
  for await (const piece of stdout ?? []) {
    text += piece;
  }
  return text;
}

it("what a push has at work where there is too little room is ended", async () => {
  const child = await parent();
  const said = rest(child);
  await keepRoom(room, child.pid ?? 0, () => child.exitCode === null);
  expect(await said).toBe("status 137\n");
});

it("a hook that asks while the disk is looked at is let live", async () => {
  const child = await parent();
  const answers = [true];
  await keepRoom(room, child.pid ?? 0, () => answers.pop() ?? false);
  child.stdin?.end("alive\n");
  expect(await rest(child)).toBe("alive\nstatus 0\n");
});
