import { isUp, type ServiceContainer } from "../../compose-ports.ts";
import { eachAtOnce } from "../../system/each.ts";
import type { Listed } from "../container-list.ts";
import { readService } from "../labels.ts";
import type { Kept } from "./kept.ts";

const looksAtOnce = 4;

/** What Docker's list does not say. */
export interface ServiceFacts {
  readonly kept: Pick<Kept, "has">;
  /** Ids of all networks that Docker has. */
  readonly networks: () => Promise<ReadonlySet<string>>;
}

/** One that was stopped may have ended with status 0, too: of those that Docker is to start again, none is done. */
export async function listServices(
  containers: readonly Listed[],
  { kept, networks }: ServiceFacts,
  app?: string,
): Promise<ServiceContainer[]> {
  const services = readServices(containers, app);
  const stopped = new Set<string>();
  await eachAtOnce(
    services.filter(({ state }) => state === "done"),
    looksAtOnce,
    async ({ id }) => {
      if (await kept.has(id)) {
        stopped.add(id);
      }
    },
  );
  const lost = await withoutNetwork(containers, services, networks);
  function asFound(each: ServiceContainer): ServiceContainer {
    const state = stopped.has(each.id) ? "exited" : each.state;
    return { ...each, state, startable: !lost.has(each.id) };
  }
  return services.map(asFound);
}

/** Ids of those whose networks are not all there. A network goes only when none of its containers runs. */
async function withoutNetwork(
  containers: readonly Listed[],
  services: readonly ServiceContainer[],
  networks: () => Promise<ReadonlySet<string>>,
): Promise<Set<string>> {
  const up = new Set(services.filter(isUp).map(({ app }) => app));
  const still = new Set(
    services
      .filter((each) => !isUp(each) && !(each.state === "done" && up.has(each.app)))
      .map(({ id }) => id),
  );
  const theirs = containers.filter(({ id }) => still.has(id));
  if (theirs.every(({ networkIds }) => networkIds.length === 0)) {
    return new Set();
  }
  const there = await networks();
  const lost = theirs.filter(({ networkIds }) => networkIds.some((id) => !there.has(id)));
  return new Set(lost.map(({ id }) => id));
}

/** The services' containers among the instance's; `done` is whatever has ended with status 0. */
export function readServices(containers: readonly Listed[], app?: string): ServiceContainer[] {
  return containers.flatMap((container) => {
    const service = readService(container.labels);
    if (service === null || (app !== undefined && service.app !== app)) {
      return [];
    }
    const { id, name, image, address, writes, createdAt } = container;
    return [
      {
        id,
        name,
        app: service.app,
        service: service.service,
        fingerprint: service.fingerprint,
        version: service.version,
        image,
        address,
        state: stateOf(container),
        startable: true,
        writes,
        createdAt,
      },
    ];
  });
}

/** A paused one has its processes; one that is dead or being removed has none. */
function stateOf({ state, exitStatus }: Listed): ServiceContainer["state"] {
  switch (state) {
    case "created":
    case "restarting":
      return state;
    case "running":
    case "paused":
      return "running";
    default:
      return exitStatus === 0 ? "done" : "exited";
  }
}
