import { isUp, type ServiceContainer } from "../../compose-ports.ts";
import { allEnded } from "../../system/all-ended.ts";
import { waitFor } from "../../system/wait.ts";
import type { Parts } from "../parts.ts";
import { inTheWayOf } from "../plan/in-the-way.ts";
import { planServices, type ServicePlan } from "../plan/service-plan.ts";
import type { ComposeRelease } from "../plan/shape.ts";
import { letStayStopped } from "../story/keep-running.ts";
import type { Story } from "../story/story.ts";
import { servicesThere } from "./current.ts";

/**
 * What a release needs, given what there is. What is on its way out is neither kept nor replaced: where it would be in the
 * way, it is waited for, however long its last requests take.
 */
export async function planOnceClear(
  parts: Parts,
  release: ComposeRelease,
  fresh: ReadonlySet<string>,
  revive: boolean,
  { report, signal }: Pick<Story, "report" | "signal">,
): Promise<ServicePlan> {
  for (;;) {
    const { current, leaving } = await servicesThere(parts, release.app);
    const plan = planServices(release, current, fresh, revive);
    const blocking = inTheWay(release, [...plan.create, ...plan.start], leaving).filter(isUp);
    if (blocking.length === 0) {
      return plan;
    }
    const names = [...new Set(blocking.map(({ service }) => service))].join(", ");
    report.detail(`Waiting for the old ${names} to end, whose place is taken`);
    const isGone = () => (blocking.some(({ id }) => parts.retiring.has(id)) ? null : true);
    await waitFor(isGone, { timeoutMs: Number.POSITIVE_INFINITY, signal });
  }
}

/** Containers that are to go and cannot run beside what is to start, each once. */
export function inTheWay(
  { project }: ComposeRelease,
  starting: readonly { readonly service: string }[],
  others: readonly ServiceContainer[],
): ServiceContainer[] {
  const services = [...new Set(starting.map(({ service }) => service))];
  return [...new Set(services.flatMap((service) => inTheWayOf(project, service, others)))];
}

/** Stops and keeps them; Docker does not start them again by itself. */
export async function clearTheWay(
  parts: Parts,
  containers: readonly ServiceContainer[],
): Promise<void> {
  await letStayStopped(parts, containers);
  await allEnded(containers.map(({ id }) => parts.engine.stopReplica(id, null)));
}
