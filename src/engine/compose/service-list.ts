import type { ServiceContainer } from "../../compose-ports.ts";
import type { Listed } from "../container-list.ts";
import { readService } from "../labels.ts";

/** The services' containers among the instance's. */
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
