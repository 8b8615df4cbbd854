import type { App } from "../../app.ts";
import type { ServiceContainer } from "../../compose-ports.ts";
import { allEnded } from "../../system/all-ended.ts";
import type { Parts } from "../parts.ts";
import { endContainer } from "../story/end-container.ts";
import { type Leaving, retireReplica } from "../story/retire.ts";

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
    await allEnded(routedOf(leave).map((replica) => retireReplica(parts, replica, signal)));
    await allEnded(others.map(({ id }) => endContainer(engine, id, null)));
  } finally {
    others.forEach(({ id }) => retiring.delete(id));
  }
  await parts.composer.removeUnusedNetworks(app.id);
}

/** Those that serve, as replicas on their way out. */
export function routedOf(containers: readonly ServiceContainer[]): Leaving[] {
  return containers.flatMap(({ version, state, ...container }) =>
    version === null ? [] : [{ ...container, version, running: state === "running" }],
  );
}
