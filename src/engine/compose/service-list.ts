import type { ServiceContainer } from "../../compose-ports.ts";
import { eachAtOnce } from "../../system/each.ts";
import type { Listed } from "../container-list.ts";
import { readService } from "../labels.ts";
import type { Kept } from "./kept.ts";

const looksAtOnce = 4;

/** One that was stopped may have ended with status 0, too: of those that Docker is to start again, none is done. */
export async function listServices(
  containers: readonly Listed[],
  kept: Pick<Kept, "has">,
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
  const exited = { state: "exited" } as const;
  return services.map((each) => (stopped.has(each.id) ? Object.assign({}, each, exited) : each));
}

/** The services' containers among the instance's; `done` is whatever has ended with status 0. */
export function readServices(containers: readonly Listed[], app?: string): ServiceContainer[] {
  return containers.flatMap((container) => {
    const service = readService(container.labels);
    if (service === null || (app !== undefined && service.app !== app)) {
      return [];
    }
    const { id, name, image, address, createdAt } = container;
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
