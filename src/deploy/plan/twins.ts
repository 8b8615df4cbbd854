import type { ServiceContainer } from "../../compose-ports.ts";
import type { Dependency, Service } from "../../service.ts";
import type { ServicePlan } from "./service-plan.ts";

/** Running containers that leave while others of their service stay or come, by service. */
export type Twins = ReadonlyMap<string, readonly ServiceContainer[]>;

/**
 * Services that others would find twice: programs that ask for an address once, when they start, would keep one that is
 * about to go. Of routed services, which get new containers with every release, only those that others depend on count.
 */
export function twinsOf(
  services: readonly Service[],
  routed: ReadonlySet<string>,
  { create, leave }: Pick<ServicePlan, "create" | "leave">,
): Twins {
  const awaited = new Set(services.flatMap(({ dependsOn }) => dependsOn.map((on) => on.service)));
  const inPlace = new Set(
    create.filter(({ replaces }) => replaces.length > 0).map(({ service }) => service),
  );
  const entries = services
    .filter(({ name }) => !inPlace.has(name) && (!routed.has(name) || awaited.has(name)))
    // Where nobody else starts, nobody asks.
    .filter(({ name }) => create.some(({ service }) => service !== name))
    .map(({ name }): [string, ServiceContainer[]] => [
      name,
      leave.filter(({ service, state }) => service === name && state === "running"),
    ]);
  return new Map(entries.filter(([, containers]) => containers.length > 0));
}

/**
 * The services, with what they wait for: whoever depends on a service with a twin until that is well, and so the only one
 * to be found. Routed ones wait for all of these, since files do not always say what depends on what.
 */
export function waitingForTwins(
  services: readonly Service[],
  routed: ReadonlySet<string>,
  twins: Twins,
): Service[] {
  const well = (service: string): Dependency => ({
    service,
    condition: "service_healthy",
    required: true,
  });
  const waiting = new Map(
    services.map((service) => [
      service.name,
      service.dependsOn.map((on) =>
        twins.has(on.service) && on.condition === "service_started" ? well(on.service) : on,
      ),
    ]),
  );
  const askedBy = new Map<string, Set<string>>();
  const ask = (service: string, name: string) =>
    askedBy.set(service, (askedBy.get(service) ?? new Set()).add(name));
  for (const [name, dependsOn] of waiting) {
    dependsOn.forEach((on) => ask(on.service, name));
  }
  for (const [name, dependsOn] of waiting) {
    if (routed.has(name)) {
      // Nobody waits for somebody who waits for them.
      const others = waitingFor(askedBy, name);
      dependsOn.forEach(({ service }) => others.add(service));
      const more = [...twins.keys()].filter((twin) => !routed.has(twin) && !others.has(twin));
      dependsOn.push(...more.map(well));
      more.forEach((twin) => ask(twin, name));
    }
  }
  return services.map((service) => ({ ...service, dependsOn: waiting.get(service.name) ?? [] }));
}

/** The service, and those that wait for it by any number of steps. */
function waitingFor(
  askedBy: ReadonlyMap<string, ReadonlySet<string>>,
  service: string,
): Set<string> {
  const found = new Set([service]);
  // What is added meanwhile is looked at too.
  for (const each of found) {
    askedBy.get(each)?.forEach((name) => found.add(name));
  }
  return found;
}
