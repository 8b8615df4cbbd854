import type Docker from "dockerode";
import type { ReplicaSpec, RunIo } from "../../ports.ts";
import type { Log } from "../../system/log.ts";
import { cleanUp } from "../../system/clean-up.ts";
import { removeContainer } from "../client/remove-container.ts";
import type { Names } from "../names.ts";
import type { Claims } from "../namespace/claims.ts";
import { attend } from "./attend.ts";
import { runOptions } from "./replica-options.ts";
import { startFailure } from "../start-failure.ts";
import { screenOf, withTerminalOf } from "./with-terminal.ts";

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
      const entrypoint = screenOf(io) === null ? undefined : await entrypointOf(spec.image);
      const container = await docker.createContainer(withTerminalOf(io, options, entrypoint));
      id = container.id;
      claims.settle(namespace);
      return await attend(container, io, signal, log);
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

  async function entrypointOf(image: string) {
    return (await docker.getImage(image).inspect()).Config.Entrypoint ?? undefined;
  }

  return { run, running: running as ReadonlySet<string> };
}
