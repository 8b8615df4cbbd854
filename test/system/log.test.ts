import { execFileSync, spawn, type StdioPipe } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { exec } from "../support/exec.ts";

const prelude = `
  import { closeSync, openSync } from "node:fs";
  import { createLog } from ${JSON.stringify(resolve("src/system/log.ts"))};
  const log = createLog("info");
  // The lowest number that is free is the one just closed.
  const writeTo = (path) => (closeSync(2), openSync(path, "a"));
  const tick = () => new Promise(setImmediate);
`;

/** Stderr is a process's own: this runs in one of its own, where an exit that hangs ends as a failure. */
const commandOf = (program: string): [string, string[]] => {
  const argv = ["--import", "tsx", "--input-type=module", "-e", prelude + program];
  return ["timeout", ["40", process.execPath, ...argv]];
};
const run = (program: string) => exec(...commandOf(program));

async function makeFolder() {
  const folder = await mkdtemp(join(tmpdir(), "goku-log-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function logFile() {
  const path = join(await makeFolder(), "goku.log");
  const messages = async () => (await readFile(path, "utf8")).match(/(?<="msg":")[^"]*/g) ?? [];
  return { path, messages };
}

it("a process whose log finds no room lives on, and ends when it wants to", async () => {
  const { status, stdout } = await run(`
    writeTo("/dev/full");
    for (let line = 0; line < 9; line++) {
      log.info("no room for this");
      await tick();
    }
    console.log("alive");
  `);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "alive\n" });
});

it("what found no room is written before what comes later, a megabyte of it", async () => {
  const { path, messages } = await logFile();
  const { status } = await run(`
    writeTo("/dev/full");
    for (const line of ["first", "second", "x".repeat(1_000_000), "y".repeat(100_000)]) {
      log.info(line);
      await tick();
    }
    writeTo(${JSON.stringify(path)});
    log.info("third");
  `);
  expect(status).toBe(0);
  const lengths = (await messages()).map((message) => (message.length < 10 ? message : message[0]));
  expect(lengths).toEqual(["first", "second", "x", "third"]);
});

it("a line is in the log before the call returns", async () => {
  const { path, messages } = await logFile();
  const { status } = await run(`
    writeTo(${JSON.stringify(path)});
    log.info("last words");
    process.kill(process.pid, "SIGKILL");
  `);
  expect(status).not.toBe(0);
  expect(await messages()).toEqual(["last words"]);
});

/** A pipe that takes 64 kB. */
async function unreadPipe(): Promise<number> {
  const path = join(await makeFolder(), "pipe");
  execFileSync("mkfifo", [path]);
  const pipe = await open(path, "r+");
  onTestFinished(() => pipe.close());
  return pipe.fd;
}

// What node gives a child is a socket, as under systemd's `StandardError=journal`.
it.each<[string, () => Promise<number | StdioPipe>]>([
  ["pipe", unreadPipe],
  ["socket", async () => "pipe"],
])("a process whose log is a %s that nobody reads lives on, and ends", async (_, makeStderr) => {
  const [file, argv] = commandOf(`
    for (let line = 0; line < 40; line++) {
      log.info("x".repeat(50_000));
      await tick();
    }
    setTimeout(() => console.log("alive"), 1);
  `);
  const child = spawn(file, argv, { stdio: ["ignore", "pipe", await makeStderr()] });
  let said = "";
  child.stdout?.on("data", (text) => (said += text));
  const [status] = await once(child, "close");
  expect({ status, said }).toEqual({ status: 0, said: "alive\n" });
});
