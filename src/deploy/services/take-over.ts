import type { ServiceContainer } from "../../compose-ports.ts";
import { allEnded } from "../../system/all-ended.ts";
import type { Parts } from "../parts.ts";
import type { PlannedService } from "../plan/service-plan.ts";
import { type ComposeRelease, webPort } from "../plan/shape.ts";
import type { Story } from "../story/story.ts";
import { clearTheWay } from "./clear-the-way.ts";
import { awaitUpAgain, startAgainIfFailed } from "./proofs.ts";
import { dependenciesFirst } from "./start-order.ts";

/** What a release has when everything but what is replaced in place is well. */
export interface Taking {
  readonly create: readonly PlannedService[];
  /** The new containers; those that replace others have not started. */
  readonly created: readonly ServiceContainer[];
  /** Gets those that are stopped. */
  readonly stopped: ServiceContainer[];
  readonly start: (containers: readonly ServiceContainer[]) => Promise<void>;
  /** Resolves when the containers of the service are well. @throws unhealthy */
  readonly prove: (service: string, containers: readonly ServiceContainer[]) => Promise<void>;
}

/**
 * What cannot run beside its predecessor takes its place, one after the other, each after what it depends on. Then what else
 * is new is looked at again: it was well beside the predecessors, and may have lost them.
 * @throws unhealthy
 */
export async function takeOver(
  parts: Parts,
  release: ComposeRelease,
  taking: Taking,
  story: Pick<Story, "report" | "signal">,
): Promise<void> {
  const { create, created } = taking;
  const services = dependenciesFirst(release.project.services);
  const replacing = services.flatMap(({ name }) =>
    create.filter(({ service, replaces }) => service === name && replaces.length > 0),
  );
  for (const { service, replaces } of replacing) {
    story.report.detail(`Replacing ${service} in place`);
    const running = replaces.filter(({ id }) => taking.stopped.every((each) => each.id !== id));
    taking.stopped.push(...running);
    await clearTheWay(parts, running);
    const successors = created.filter((container) => container.service === service);
    await taking.start(successors);
    await taking.prove(service, successors);
  }
  const last = replacing.at(-1);
  if (last !== undefined) {
    const serves = ({ service }: ServiceContainer) => webPort(release, service) !== null;
    const others = created.filter((container) => !serves(container));
    // What those that serve may need. Docker is told to keep it only when the release serves.
    const always = services.filter(({ runs }) => runs === "always");
    for (const { name } of always) {
      await startFailedAgain(parts, name, others, taking, story);
    }
    const serving = created.filter((one) => serves(one) && one.service !== last.service);
    await allEnded(serving.map((one) => awaitUpAgain(parts, release, one, story)));
  }
}

/** Those of the service that have failed, until they are well. */
async function startFailedAgain(
  parts: Parts,
  name: string,
  containers: readonly ServiceContainer[],
  { prove }: Taking,
  story: Pick<Story, "report" | "signal">,
): Promise<void> {
  const mine = containers.filter(({ service }) => service === name);
  await allEnded(
    mine.map(async (container) => {
      if (await startAgainIfFailed(parts, container, story)) {
        await prove(name, [container]);
      }
    }),
  );
}
