import { type ChildProcess, spawn } from "node:child_process";
import { PassThrough, type Readable } from "node:stream";
import { asError } from "./as-error.ts";
import { takeTurns } from "./priority.ts";
import { ownMemory } from "./proc.ts";
import { type Command, CommandFailed, killGroup } from "./process.ts";

/** Characters of standard error kept for the message of a failure. */
const maxStderr = 16 * 1024;

export interface StreamedCommand extends Omit<Command, "onLine" | "input"> {
  readonly input?: string | Buffer;
  readonly memory?: MemoryLimit;
}

/** What a command may have of its own; a limit of the kernel's would take a program to set it, on the way of each command. */
export interface MemoryLimit {
  readonly bytes: number;
  /** What ends it where it has more. */
  readonly exceeded: () => Error;
}

const memoryLookMs = 250;

/**
 * Runs a command and hands over its standard output as it comes, however much that is. The stream ends when the
 * command has ended with status 0 and fails with CommandFailed otherwise, or with the signal's reason. Destroying
 * the stream ends the command and everything it started.
 */
export function streamCommand(command: StreamedCommand): Readable {
  // Its streams are missing where there is no file descriptor left for them; the error comes later.
  const child: ChildProcess = spawn(command.file, [...command.args], {
    cwd: command.cwd,
    env: command.env,
    uid: command.uid,
    gid: command.gid,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  takeTurns(child);
  const output = new PassThrough();
  let stderr = "";
  const fail = (message: string, cause?: unknown, exitCode: number | null = null) => {
    const result = { exitCode, signal: child.signalCode, stdout: "", stderr };
    output.destroy(new CommandFailed(`${command.file} ${message}`, result, cause));
  };
  const timer = setTimeout(
    () => fail(`took longer than ${command.timeoutMs} ms`),
    command.timeoutMs,
  );
  const looks = watchMemory(child, command.memory, (error) => output.destroy(error));
  const onAbort = () => output.destroy(asError(command.signal?.reason));
  command.signal?.addEventListener("abort", onAbort, { once: true });

  child.stdout?.pipe(output, { end: false });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-maxStderr);
  });
  child.once("error", (error) => fail("could not be run", error));
  child.once("close", (exitCode, signal) => {
    if (exitCode === 0) {
      output.end();
      return;
    }
    const last = stderr.trim().split("\n").at(-1) ?? "";
    fail(`ended with ${signal ?? `exit status ${exitCode}`}: ${last}`, undefined, exitCode);
  });
  output.once("close", () => {
    clearTimeout(timer);
    clearInterval(looks);
    command.signal?.removeEventListener("abort", onAbort);
    child.stdout?.destroy();
    if (child.exitCode === null && child.signalCode === null) {
      killGroup(child, "SIGKILL");
    }
  });
  // A command may end before it has read its input: that is its right (EPIPE).
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(command.input);
  if (command.signal?.aborted) {
    onAbort();
  }
  return output;
}

function watchMemory(
  { pid }: ChildProcess,
  limit: MemoryLimit | undefined,
  stop: (error: Error) => void,
): NodeJS.Timeout | undefined {
  if (limit === undefined || pid === undefined) {
    return undefined;
  }
  const look = () => {
    if (ownMemory(pid) > limit.bytes) {
      stop(limit.exceeded());
    }
  };
  return setInterval(look, memoryLookMs).unref();
}
