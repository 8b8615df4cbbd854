import { type ChildProcess, spawn } from "node:child_process";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { lineCutter } from "./cut-lines.ts";
import { takeTurns } from "./priority.ts";
import { signalProcess } from "./signal.ts";

/** An argv and how to run it; never a shell string. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer | Readable;
  /** Run as this user (numeric), where Goku is root. */
  readonly uid?: number;
  readonly gid?: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Lines of more than 256 KiB come in parts. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that could not be started, was killed, or ran out of time. */
export class CommandFailed extends Error {
  readonly result: CommandResult;
  constructor(message: string, result: CommandResult, cause?: unknown) {
    super(message, { cause });
    this.name = "CommandFailed";
    this.result = result;
  }
}

/** Longest output kept of each stream, in characters; `onLine` still sees all of it. */
export const maxOutput = 8 * 1024 * 1024;

/**
 * Runs a command to its end, in a process group of its own so that cancelling it ends its children too.
 * A non-zero exit status is a result, not an error.
 * @throws CommandFailed when it cannot start, is cancelled or takes longer than `timeoutMs`
 */
export async function run(command: Command): Promise<CommandResult> {
  const child = spawn(command.file, [...command.args], {
    cwd: command.cwd,
    env: command.env,
    uid: command.uid,
    gid: command.gid,
    detached: true,
    stdio: [command.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  takeTurns(child);
  const empty = { exitCode: null, signal: null, stdout: "", stderr: "" };
  const stopReasons: string[] = [];
  const stop = (reason: string) => {
    stopReasons.push(reason);
    killGroup(child, "SIGKILL");
  };
  const timer = setTimeout(
    () => stop(`took longer than ${command.timeoutMs} ms`),
    command.timeoutMs,
  );
  const onAbort = () => stop("was cancelled");
  command.signal?.addEventListener("abort", onAbort, { once: true });
  if (command.signal?.aborted) {
    onAbort();
  }
  try {
    const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
      (resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, signal) => resolve({ code, signal }));
      },
    );
    feed(child, command.input, stop);
    const [{ code, signal }, stdout, stderr] = await Promise.all([
      exit,
      collect(child.stdout, command.onLine),
      collect(child.stderr, command.onLine),
    ]);
    const result = { exitCode: code, signal, stdout, stderr };
    if (stopReasons[0] !== undefined) {
      throw new CommandFailed(`${command.file} ${stopReasons[0]}`, result);
    }
    return result;
  } catch (error) {
    throw error instanceof CommandFailed
      ? error
      : new CommandFailed(`${command.file} could not be run`, empty, error);
  } finally {
    clearTimeout(timer);
    command.signal?.removeEventListener("abort", onAbort);
  }
}

function feed(child: ChildProcess, input: Command["input"], stop: (reason: string) => void): void {
  // A command may end before it has read its input: that is its right (EPIPE).
  child.stdin?.on("error", () => undefined);
  if (input instanceof Readable) {
    input.once("error", (error) => stop(`lost its input: ${error.message}`));
    if (child.stdin) {
      input.pipe(child.stdin);
    }
  } else {
    child.stdin?.end(input);
  }
}

/** Like `run`, for commands whose non-zero exit status is a failure. */
export async function runOrThrow(command: Command): Promise<CommandResult> {
  const result = await run(command);
  if (result.exitCode !== 0) {
    const last = result.stderr.trim().split("\n").at(-1) ?? "";
    const ending = result.signal ?? `exit status ${result.exitCode}`;
    throw new CommandFailed(`${command.file} ended with ${ending}: ${last}`, result);
  }
  return result;
}

/** Signals a child and everything it started. Gone is no error. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) {
    signalProcess(-child.pid, signal);
  }
}

/** There is no stream, and no stdin, where no file descriptor is left for it: then the command was not started. */
async function collect(
  stream: NodeJS.ReadableStream | null | undefined,
  onLine: ((line: string) => void) | undefined,
): Promise<string> {
  if (!stream) {
    return "";
  }
  let text = "";
  const cutter = lineCutter();
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    if (text.length < maxOutput) {
      text += chunk;
    }
    if (onLine !== undefined) {
      cutter.add(chunk).forEach(onLine);
    }
  });
  await finished(stream);
  if (onLine !== undefined) {
    cutter.end().forEach(onLine);
  }
  return text;
}
