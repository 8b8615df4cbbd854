import type { ReleaseServices } from "../../compose-ports.ts";
import type { RunIo } from "../../ports.ts";
import type { InTurn } from "../../system/turns.ts";
import { cleanUp } from "../../system/clean-up.ts";
import { removeContainer } from "../client/remove-container.ts";
import { attend } from "../replica/attend.ts";
import { withTerminalOf } from "../replica/with-terminal.ts";
import type { CreationParts } from "./create-services.ts";
import { runContainerOptions, runDefinition, runPart } from "./run-definition.ts";
import { serviceFailure } from "./service-failure.ts";
import { up, upArgs } from "./up.ts";

/** Runs one-off commands in the surroundings of services; `running` holds the names of their containers. */
export function createServiceRunner(parts: CreationParts, inTurn: InTurn) {
  const { docker, log, names, resources } = parts;
  const running = new Set<string>();

  async function run(
    spec: ReleaseServices,
    service: string,
    command: readonly string[],
    io: RunIo,
    signal: AbortSignal,
  ): Promise<number> {
    signal.throwIfAborted();
    const { app } = spec;
    const [name, draft] = [names.run(app), names.run(app)];
    const made: { networks: string[]; volumes: string[] } = { networks: [], volumes: [] };
    running.add(name).add(draft);
    try {
      const container = await inTurn(app, async () => {
        const part = runPart(spec.definition, service);
        await resources.ensure(spec, [part], made);
        const definition = runDefinition(names, spec, service, draft);
        const { problem } = await up(parts, app, upArgs([draft], []), definition);
        if (problem !== null) {
          throw problem;
        }
        signal.throwIfAborted();
        return copy(draft, name, command, io);
      });
      // What the command writes there stays, however it ends.
      made.volumes = [];
      return await attend(container, io, signal, log);
    } catch (error) {
      signal.throwIfAborted();
      throw serviceFailure(error, { app, service });
    } finally {
      await cleanUp(log, `remove a one-off container of ${app}`, async () => {
        await Promise.all([name, draft].map((each) => removeContainer(docker, each)));
        await inTurn(app, () => resources.removeUnused(made));
      });
      running.delete(name);
      running.delete(draft);
    }
  }

  async function copy(draft: string, name: string, command: readonly string[], io: RunIo) {
    const found = await docker.getContainer(draft).inspect();
    const { options, further } = runContainerOptions(found, name, command, io.stdin !== null);
    const container = await docker.createContainer(withTerminalOf(io, options));
    for (const network of further) {
      await docker.getNetwork(network).connect({ Container: container.id });
    }
    await removeContainer(docker, draft);
    return container;
  }

  return { run, running: running as ReadonlySet<string> };
}
