import { isUp, type ServiceContainer } from "../../compose-ports.ts";
import type { Release } from "../../release.ts";
import { allEnded } from "../../system/all-ended.ts";
import { waitFor } from "../../system/wait.ts";
import type { Parts } from "../parts.ts";
import { inTheWayOf } from "../plan/in-the-way.ts";
import { planServices, type ServicePlan } from "../plan/service-plan.ts";
import { type ComposeRelease, isCompose } from "../plan/shape.ts";
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
  return [...new Set(services.flatMap(inTheWayOf(project, others)))];
}

/**
 * Stops and keeps them; Docker does not start them again by itself. It is told nothing of jobs of the live release, or one that
 * is brought back would run over and over.
 * @param containers those of one app
 */
export async function clearTheWay(
  parts: Parts,
  containers: readonly ServiceContainer[],
): Promise<void> {
  const app = containers[0]?.app;
  const jobs = jobsOf(app === undefined ? null : parts.store.releases.live(app));
  await letStayStopped(
    parts,
    containers.filter(({ service }) => !jobs.has(service)),
  );
  await allEnded(containers.map(({ id }) => parts.engine.stopReplica(id, null)));
}

/** Services that may end by themselves. */
function jobsOf(live: Release | null): ReadonlySet<string> {
  const services = live !== null && isCompose(live) ? live.project.services : [];
  return new Set(services.filter(({ runs }) => runs === "until-done").map(({ name }) => name));
}
