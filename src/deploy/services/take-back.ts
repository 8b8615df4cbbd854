import type { CreatedServices, ServiceContainer } from "../../compose-ports.ts";
import type { Definition } from "../../service.ts";
import type { Parts } from "../parts.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import { removeContainers } from "../story/keep-running.ts";

/** What a candidate has done to the project so far. */
export interface Done {
  readonly plan: ServicePlan;
  readonly created: CreatedServices;
  /** Containers that ran before, and do no more. */
  readonly stopped: readonly ServiceContainer[];
  /** Containers that others do not find any more. */
  readonly hidden: readonly ServiceContainer[];
  /** Containers that were put on networks of the candidate, and got names of it. */
  readonly joined: readonly ServiceContainer[];
  /** What they were made from. */
  readonly definition: Definition;
}

/** The project is as it was: the same containers, networks and volumes. Never replaces the error it is called for. */
export async function takeBack(parts: Parts, done: Done): Promise<void> {
  const { created, definition, hidden, joined, plan, stopped } = done;
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      parts.log.error({ err: error }, `could not ${what}`);
    }
  };
  const { signal } = new AbortController();
  // Before what took their names goes, so that there is somebody by that name all the time, and whoever is killed in the
  // middle leaves something to repair, and with it the names.
  await attempt("give the old containers their names back", () =>
    parts.composer.showNames([...hidden, ...joined], definition),
  );
  // What writes to the data of the one it replaced has its time to end well; others only go.
  const successors = new Set(
    plan.create
      .filter(({ replaces }) => replaces.some(({ id }) => stopped.some((one) => one.id === id)))
      .map(({ service }) => service),
  );
  const stop = ({ id, name }: ServiceContainer) =>
    attempt(`stop ${name}`, () => parts.engine.stopReplica(id, null));
  await Promise.all(created.containers.filter(({ service }) => successors.has(service)).map(stop));
  if (joined.length > 0) {
    await attempt("take the old containers off new networks", () =>
      parts.composer.leaveNetworks(joined, definition),
    );
  }
  await removeContainers(parts, created.containers);
  // Before what runs again: they may have the same data.
  await Promise.all(plan.start.map(stop));
  await Promise.all(
    stopped.map((container) =>
      attempt(`start ${container.name} again`, () =>
        parts.composer.startService(container, signal),
      ),
    ),
  );
  await attempt("take away the networks and volumes of a candidate", () =>
    parts.composer.uncreate(created),
  );
}
