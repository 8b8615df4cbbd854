import { once } from "node:events";
import { Duplex, type Writable } from "node:stream";
import type Docker from "dockerode";
import type { RunIo } from "../../ports.ts";
import type { Log } from "../../system/log.ts";
import type { TerminalOutput } from "../../system/terminal.ts";
import { DockerAnswer } from "../client/docker.ts";
import { type Frame, frames, unframed } from "../client/frames.ts";
import { unrunnable } from "./unrunnable.ts";
import { screenOf } from "./with-terminal.ts";

/** Docker lets go of a terminal at these keys, by default at Ctrl-P Ctrl-Q, which shells and editors want for themselves. */
const detachKeys = "ctrl-@,ctrl-_,ctrl-@,ctrl-_,ctrl-@,ctrl-_,ctrl-@,ctrl-_";

/**
 * Starts the container of a command, carries its input and output, and answers its exit status, which a command that
 * cannot be run has too. A terminal gets an empty write as soon as the command runs, and its command's errors among its
 * output.
 */
export async function attend(
  container: Docker.Container,
  io: RunIo,
  signal: AbortSignal,
  log: Log,
): Promise<number> {
  const { stdin } = io;
  const screen = screenOf(io);
  // Attached before it starts, so that nothing it prints is missed.
  const socket = await container.attach({
    stream: true,
    hijack: true,
    stdin: stdin !== null,
    stdout: true,
    stderr: true,
    ...(screen === null ? {} : { detachKeys }),
  });
  if (!(socket instanceof Duplex)) {
    throw new TypeError("Docker answers no connection to attach to");
  }
  const hangUp = () => socket.destroy();
  const fit = fitting(container, screen, log);
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    signal.throwIfAborted();
    try {
      await container.start();
    } catch (error) {
      const failure = unrunnable(error);
      if (failure === null) {
        throw error;
      }
      const said = Buffer.from(`The command cannot be run: ${failure.why}.\n`);
      await pass({ channel: "stderr", bytes: said }, io);
      return failure.exitStatus;
    }
    screen?.on("resize", fit).write("");
    // Engines before 23 know no size at the creation, and it may have changed since.
    fit();
    // A command may end before it has read its input: that is its right.
    socket.on("error", () => undefined);
    stdin?.on("error", () => socket.end()).pipe(socket);
    const output = screen === null ? frames(socket, signal) : unframed(socket, signal);
    for await (const frame of output) {
      await pass(frame, io);
    }
    signal.throwIfAborted();
    const ended: { StatusCode: number } = await container.wait({ abortSignal: signal });
    return ended.StatusCode;
  } finally {
    signal.removeEventListener("abort", hangUp);
    screen?.off("resize", fit);
    stdin?.unpipe(socket);
    socket.destroy();
  }
}

async function pass({ channel, bytes }: Frame, io: RunIo): Promise<void> {
  const target: Writable = channel === "stderr" ? io.stderr : io.stdout;
  if (!target.write(bytes) && !target.destroyed) {
    await Promise.race([once(target, "drain"), once(target, "close")]);
  }
}

/** Gives the terminal in the container the size of the client's, one after the other: of two at once, the older might win. */
function fitting(container: Docker.Container, screen: TerminalOutput | null, log: Log) {
  let isDue = false;
  let isAtWork = false;

  async function work(to: TerminalOutput): Promise<void> {
    isAtWork = true;
    while (isDue) {
      isDue = false;
      await fitTo(container, to, log);
    }
    isAtWork = false;
  }

  return () => {
    isDue = true;
    if (screen !== null && !isAtWork) {
      void work(screen);
    }
  };
}

/** A window that is 0 by 0 is one whose size nobody knows. */
async function fitTo(container: Docker.Container, screen: TerminalOutput, log: Log) {
  if (screen.rows === 0 || screen.columns === 0) {
    return;
  }
  try {
    await container.resize({ h: screen.rows, w: screen.columns });
  } catch (error) {
    // The command ended meanwhile.
    if (!(error instanceof DockerAnswer)) {
      log.warn({ err: error }, "a terminal keeps its size");
    }
  }
}
