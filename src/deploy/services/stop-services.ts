import { isUp, type ServiceContainer } from "../../compose-ports.ts";
import type { Service } from "../../service.ts";
import { allEnded } from "../../system/all-ended.ts";
import type { Parts } from "../parts.ts";
import type { ComposeRelease } from "../plan/shape.ts";
import { letStayStopped } from "../story/keep-running.ts";
import { drain } from "../story/retire.ts";
import { routedOf } from "./retire-services.ts";
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
  const running = containers.filter(isUp);
  const { services } = live.project;
  const always = new Set(services.filter(({ runs }) => runs === "always").map(({ name }) => name));
  await letStayStopped(
    parts,
    running.filter(({ service }) => always.has(service)),
  );
  await allEnded(
    routedOf(running).map(async (replica) => {
      await drain(parts, replica, signal);
      await parts.engine.stopReplica(replica.id, parts.settings.stopMs);
    }),
  );
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

/** Each service waits for those that depend on it. */
function backwards(services: readonly Service[]): Service[] {
  return services.map((service) => ({
    ...service,
    dependsOn: services
      .filter(({ dependsOn }) => dependsOn.some((each) => each.service === service.name))
      .map(({ name }) => ({ service: name, condition: "service_started", required: true })),
  }));
}
