import type { Replica } from "../../ports.ts";
import { endContainer } from "./end-container.ts";
import type { Parts } from "../parts.ts";
import { type ComposeRelease, isRunnable, webPort } from "../plan/shape.ts";

/** What has to be known of a replica, or of a service's container, that is to go. */
export type Leaving = Pick<Replica, "id" | "app" | "service" | "version" | "address" | "running">;

/** Lets the replica finish what it is doing, stops and removes it. One that is on its way out already is left to that. */
export async function retireReplica(
  parts: Parts,
  replica: Leaving,
  signal: AbortSignal,
): Promise<void> {
  const { engine, retiring, settings } = parts;
  if (retiring.has(replica.id)) {
    return;
  }
  retiring.add(replica.id);
  try {
    await drain(parts, replica, signal);
    signal.throwIfAborted();
    await endContainer(engine, replica.id, settings.stopMs);
  } finally {
    retiring.delete(replica.id);
  }
}

/** What is left of a Dockerfile that a compose project has replaced. */
export async function retireContainers(
  parts: Parts,
  { app, version }: ComposeRelease,
  signal: AbortSignal,
): Promise<void> {
  const replicas = await parts.engine.listReplicas(app);
  const old = replicas.filter((each) => each.service === null && each.version < version);
  await Promise.all(old.map((replica) => retireReplica(parts, replica, signal)));
}

/** Waits until no request to it is left, for as long as the settings allow, or less. */
export async function drain(
  parts: Parts,
  replica: Leaving,
  signal: AbortSignal,
  timeoutMs = parts.settings.drainMs,
): Promise<void> {
  const release = parts.store.releases.find(replica.app, replica.version);
  const port = release !== null && isRunnable(release) ? webPort(release, replica.service) : null;
  if (replica.running && replica.address !== null && port !== null) {
    const backend = { address: replica.address, port };
    // Late requests to what is off the air have nobody to answer them anyway.
    const { apps } = parts.store;
    const awaitLate =
      apps.find(replica.app)?.stopped === false && !apps.removals().has(replica.app);
    await parts.router.drained(backend, { timeoutMs, awaitLate, signal });
  }
}
