import type { App } from "../../app.ts";
import type { Replica, ServiceContainer } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { retireReplica } from "../story/retire.ts";

/** Takes away containers that a live release has no use for: routed ones once their requests are done. Volumes stay. */
export async function retireServices(
  parts: Parts,
  app: App,
  leave: readonly ServiceContainer[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(leave.map((container) => retireService(parts, container, signal)));
  await parts.composer.removeUnusedNetworks(app.id);
}

export async function retireService(
  parts: Parts,
  container: ServiceContainer,
  signal: AbortSignal,
): Promise<void> {
  const { engine, retiring } = parts;
  if (container.version !== null) {
    await retireReplica(parts, asReplica(container, container.version), signal);
    return;
  }
  if (retiring.has(container.id)) {
    return;
  }
  retiring.add(container.id);
  try {
    await engine.stopReplica(container.id, null);
    await engine.removeReplica(container.id);
  } finally {
    retiring.delete(container.id);
  }
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
