import type { App } from "../../app.ts";
import type { ServiceContainer } from "../../compose-ports.ts";
import type { Replica } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { retireReplica } from "../story/retire.ts";

/**
 * Takes away containers that a live release has no use for: routed ones once their requests are done, and only then the
 * others, which those requests may need. Volumes stay.
 */
export async function retireServices(
  parts: Parts,
  app: App,
  leave: readonly ServiceContainer[],
  signal: AbortSignal,
): Promise<void> {
  const { engine, retiring } = parts;
  const others = leave.filter(({ id, version }) => version === null && !retiring.has(id));
  // From the beginning, so that nobody takes one that waits for something to repair.
  others.forEach(({ id }) => retiring.add(id));
  try {
    await Promise.all(
      leave.map(async (container) => {
        if (container.version !== null) {
          await retireReplica(parts, asReplica(container, container.version), signal);
        }
      }),
    );
    await Promise.all(
      others.map(async ({ id }) => {
        await engine.stopReplica(id, null);
        await engine.removeReplica(id);
      }),
    );
  } finally {
    others.forEach(({ id }) => retiring.delete(id));
  }
  await parts.composer.removeUnusedNetworks(app.id);
}

function asReplica(container: ServiceContainer, version: number): Replica {
  const { id, name, app, service, image, address, state, createdAt } = container;
  const [running, restarting] = [state === "running", state === "restarting"];
  return {
    id,
    name,
    app,
    service,
    version,
    index: 1,
    image,
    address,
    running,
    restarting,
    createdAt,
  };
}
