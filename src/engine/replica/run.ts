import { once } from "node:events";
import { Duplex, type Writable } from "node:stream";
import type Docker from "dockerode";
import type { ReplicaSpec, RunIo } from "../../ports.ts";
import type { Log } from "../../system/log.ts";
import { cleanUp } from "../clean-up.ts";
import { type Frame, frames } from "../client/frames.ts";
import { removeContainer } from "../client/remove-container.ts";
import type { Names } from "../names.ts";
import type { Claims } from "../namespace/claims.ts";
import { runOptions } from "./replica-options.ts";
import { startFailure } from "../start-failure.ts";

/** Runs one-off commands; `running` holds the names of their containers. */
export function createRunner(docker: Docker, names: Names, claims: Claims, log: Log) {
  const running = new Set<string>();

  async function run(
    spec: ReplicaSpec,
    command: readonly string[],
    io: RunIo,
    signal: AbortSignal,
  ): Promise<number> {
    signal.throwIfAborted();
    const namespace = await claims.claim(spec);
    const name = names.run(spec.app);
    let id: string | null = null;
    running.add(name);
    try {
      signal.throwIfAborted();
      const hasInput = io.stdin !== null;
      const options = runOptions(names, spec, command, name, namespace.id, hasInput);
      const container = await docker.createContainer(options);
      id = container.id;
      claims.settle(namespace);
      return await attend(container, io, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw startFailure(error, spec);
    } finally {
      await cleanUp(log, `remove a one-off container of ${spec.app}`, async () => {
        if (id !== null) {
          await removeContainer(docker, id);
        }
        await claims.giveUp(namespace, spec.app);
      });
      running.delete(name);
    }
  }

  return { run, running: running as ReadonlySet<string> };
}

/** Starts the container, carries its input and output, and answers its exit status. */
async function attend(
  container: Docker.Container,
  io: RunIo,
  signal: AbortSignal,
): Promise<number> {
  const hasInput = io.stdin !== null;
  // Attached before it starts, so that nothing it prints is missed.
  const socket = await container.attach({
    stream: true,
    hijack: true,
    stdin: hasInput,
    stdout: true,
    stderr: true,
  });
  if (!(socket instanceof Duplex)) {
    throw new TypeError("Docker answers no connection to attach to");
  }
  const hangUp = () => socket.destroy();
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    signal.throwIfAborted();
    await container.start();
    // A command may end before it has read its input: that is its right.
    socket.on("error", () => undefined);
    io.stdin?.on("error", () => socket.end()).pipe(socket);
    for await (const frame of frames(socket, signal)) {
      await pass(frame, io);
    }
    signal.throwIfAborted();
    const ended: { StatusCode: number } = await container.wait({ abortSignal: signal });
    return ended.StatusCode;
  } finally {
    signal.removeEventListener("abort", hangUp);
    io.stdin?.unpipe(socket);
    socket.destroy();
  }
}

async function pass({ channel, bytes }: Frame, io: RunIo): Promise<void> {
  const target: Writable = channel === "stderr" ? io.stderr : io.stdout;
  if (!target.write(bytes) && !target.destroyed) {
    await Promise.race([once(target, "drain"), once(target, "close")]);
  }
}
