import type { ServiceContainer } from "../../compose-ports.ts";
import type { Service } from "../../service.ts";
import { allEnded } from "../../system/all-ended.ts";
import type { Parts } from "../parts.ts";
import { type ComposeRelease, webPort } from "../plan/shape.ts";
import { keepRunning } from "../story/keep-running.ts";
import { createStartOrder } from "./start-order.ts";

/**
 * Stops containers of a project and keeps them: first those that serve, once their requests are done, then each service
 * before those it depends on. A reboot does not start them again.
 */
export async function stopServices(
  parts: Parts,
  live: ComposeRelease,
  containers: readonly ServiceContainer[],
  signal: AbortSignal,
): Promise<void> {
  const running = containers.filter(({ state }) => state === "running" || state === "restarting");
  const { services } = live.project;
  const always = new Set(services.filter(({ runs }) => runs === "always").map(({ name }) => name));
  // Docker starts what has `restart: always` again when it comes back itself, stopped or not.
  const lasting = running.filter(({ service }) => always.has(service));
  await keepRunning(
    parts,
    lasting.map(({ id }) => id),
  );
  const routed = running.filter(({ version }) => version !== null);
  await allEnded(routed.map((container) => stopRouted(parts, live, container, signal)));
  const others = running.filter(({ version }) => version === null);
  const known = new Set(services.map(({ name }) => name));
  const stop = (which: (container: ServiceContainer) => boolean) =>
    allEnded(others.filter(which).map(({ id }) => parts.engine.stopReplica(id, null)));
  const order = createStartOrder(backwards(services), {
    start: (name) => stop(({ service }) => service === name),
    healthy: async () => undefined,
    completed: async () => undefined,
  });
  await allEnded([order.startAll(), stop(({ service }) => !known.has(service))]);
}

async function stopRouted(
  { engine, router, settings }: Parts,
  live: ComposeRelease,
  { id, service, address }: ServiceContainer,
  signal: AbortSignal,
): Promise<void> {
  const port = webPort(live, service);
  if (address !== null && port !== null) {
    await router.drained(
      { address, port },
      { timeoutMs: settings.drainMs, awaitLate: false, signal },
    );
  }
  await engine.stopReplica(id, settings.stopMs);
}

/** Each service waits for those that depend on it. */
function backwards(services: readonly Service[]): Service[] {
  return services.map((service) => ({
    ...service,
    dependsOn: services
      .filter(({ dependsOn }) => dependsOn.some((each) => each.service === service.name))
      .map(({ name }) => ({ service: name, condition: "service_started", required: true })),
  }));
}
