import type { Dependency, Service } from "../../service.ts";
import { allEnded } from "../../system/all-ended.ts";

/** What is done with a service as its turn comes. */
export interface ServiceActions {
  /** Starts its containers; nothing where there is nothing to start. */
  start(service: string): Promise<void>;
  /** Resolves when what was started is well. */
  healthy(service: string): Promise<void>;
  /** Resolves when what was started has ended with status 0. */
  completed(service: string): Promise<void>;
}

/**
 * Starts services in the order of `depends_on`, side by side where that leaves it open. Each action is done once for
 * each service, however many wait for it. docker compose refuses files that go round in a circle.
 */
export function createStartOrder(services: readonly Service[], actions: ServiceActions) {
  const known = new Map(services.map((service) => [service.name, service]));
  const start = once(async (name) => {
    await reach(known.get(name)?.dependsOn ?? []);
    await actions.start(name);
  });
  const healthy = once((name) => actions.healthy(name));
  const completed = once((name) => actions.completed(name));

  async function reach(dependencies: readonly Dependency[]): Promise<void> {
    // A dependency that is not required may be one of a profile that is not active.
    const there = dependencies.filter(({ service }) => known.has(service));
    await Promise.all(
      there.map(async ({ service, condition }) => {
        await start(service);
        if (condition === "service_healthy") {
          await healthy(service);
        } else if (condition === "service_completed_successfully") {
          await completed(service);
        }
      }),
    );
  }

  return {
    start,
    healthy,
    completed,
    reach,
    async startAll(): Promise<void> {
      await allEnded(services.map(({ name }) => start(name)));
    },
  };
}

/** The same services, each after those it depends on, by whatever way. */
export function dependenciesFirst(services: readonly Service[]): Service[] {
  const known = new Map(services.map((service) => [service.name, service]));
  const ordered = new Set<Service>();
  const add = (service: Service): void => {
    if (!ordered.has(service)) {
      service.dependsOn.flatMap((on) => known.get(on.service) ?? []).forEach(add);
      ordered.add(service);
    }
  };
  services.forEach(add);
  return [...ordered];
}

function once(work: (name: string) => Promise<void>): (name: string) => Promise<void> {
  const begun = new Map<string, Promise<void>>();
  return (name) => {
    const running = begun.get(name) ?? work(name);
    begun.set(name, running);
    return running;
  };
}
