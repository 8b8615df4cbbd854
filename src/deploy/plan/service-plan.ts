import { isUp, type ServiceContainer } from "../../compose-ports.ts";
import { fingerprint } from "../../project/compose/fingerprint.ts";
import type { Service } from "../../service.ts";
import { inTheWayOf } from "./in-the-way.ts";
import { type ComposeRelease, routedServices, scaleOf } from "./shape.ts";

/** What has to be done for a release of a compose project to run, given what there is. */
export interface ServicePlan {
  readonly create: readonly PlannedService[];
  /** Containers that stay as they are. */
  readonly keep: readonly ServiceContainer[];
  /** Those of `keep` that stand still and should run. */
  readonly start: readonly ServiceContainer[];
  /** Containers that go once the release is live: replaced ones, superfluous ones, those of services that are no more. */
  readonly leave: readonly ServiceContainer[];
}

export interface PlannedService {
  readonly service: string;
  readonly count: number;
  readonly fingerprint: string;
  readonly routed: boolean;
  /** What has to stop before these start; empty for those that run beside the old for a moment, or are new. */
  readonly replaces: readonly ServiceContainer[];
}

/**
 * Routed services get containers of the release's own; of others, only those whose definition or image changed.
 * @param fresh services that get new containers although nothing changed
 * @param revive start everything that stands still, jobs that are done included
 */
export function planServices(
  release: Pick<ComposeRelease, "project" | "vars" | "version">,
  existing: readonly ServiceContainer[],
  fresh: ReadonlySet<string> = new Set(),
  revive = false,
): ServicePlan {
  const { project, version } = release;
  const routed = routedServices(project);
  const plans = project.services.map((service) => {
    const mine = existing.filter((container) => container.service === service.name);
    const print = fingerprint(project, service.name);
    const isRouted = routed.has(service.name);
    // One without an address was created by a Goku that was killed before it gave it one: nobody can reach it.
    const fits = (container: ServiceContainer) =>
      container.startable &&
      (isRouted
        ? container.version === version && container.address !== null
        : container.fingerprint === print && !fresh.has(service.name));
    const wanted = scaleOf(release, service.name);
    const keep = mine.filter(fits).toSorted(bestFirst).slice(0, wanted);
    const leave = mine.filter((container) => !keep.includes(container));
    const create = {
      service: service.name,
      count: wanted - keep.length,
      fingerprint: print,
      routed: isRouted,
    };
    return {
      create,
      keep,
      start: keep.filter((container) => shouldStart(service, container, revive)),
      leave,
    };
  });
  const known = new Set(project.services.map(({ name }) => name));
  const orphans = existing.filter(({ service }) => !known.has(service));
  const leave = [...plans.flatMap((plan) => plan.leave), ...orphans];
  const inTheWay = inTheWayOf(project, leave);
  return {
    create: plans.flatMap(({ create }) =>
      create.count > 0 ? [{ ...create, replaces: inTheWay(create.service).filter(isUp) }] : [],
    ),
    keep: plans.flatMap(({ keep }) => keep),
    start: plans.flatMap(({ start }) => start),
    leave,
  };
}

/** Nothing to do. */
export function isDone({ create, start, leave }: ServicePlan): boolean {
  return create.length + start.length + leave.length === 0;
}

/** Those that run, and of those the newest. */
function bestFirst(one: ServiceContainer, other: ServiceContainer): number {
  return Number(isUp(other)) - Number(isUp(one)) || (one.createdAt < other.createdAt ? 1 : -1);
}

function shouldStart(service: Service, container: ServiceContainer, revive: boolean): boolean {
  if (isUp(container)) {
    return false;
  }
  if (revive || container.state === "created" || container.version !== null) {
    return true;
  }
  // What is done although the file has no word about it was so before Docker was told to keep it running.
  const isJob = service.runs === "until-done" || (service.keep && container.state === "done");
  return !isJob;
}

/** A line of the plan, and how it is to be reported. */
export interface PlanLine {
  readonly as: "detail" | "warn";
  readonly text: string;
}

/** The plan as the pusher reads it, before anything happens. */
export function planLines(
  release: Pick<ComposeRelease, "project">,
  { create, keep, start, leave }: ServicePlan,
): PlanLine[] {
  const detail = (text: string): PlanLine => ({ as: "detail", text });
  const kept = [...new Set(keep.map(({ service }) => service))].filter(
    (service) => !create.some((planned) => planned.service === service),
  );
  const known = new Set(release.project.services.map(({ name }) => name));
  const orphans = [...new Set(leave.map(({ service }) => service))].filter(
    (service) => !known.has(service),
  );
  const started = new Set(start.map(({ service }) => service));
  const noTwin = new Map(release.project.services.map(({ name, noTwin: why }) => [name, why]));
  return [
    ...create.map(({ service, count, routed, replaces }): PlanLine => {
      const times = count === 1 ? "" : ` (${count} containers)`;
      if (replaces.length > 0) {
        const why = noTwin.get(service) ?? "it cannot run twice";
        const others = [...new Set(replaces.map((each) => each.service))].filter(
          (other) => other !== service,
        );
        const how =
          others.length === 0 ? "replaced in place" : `takes the place of ${others.join(", ")}`;
        const line = `${service}${times}: ${how}, last, since ${why}`;
        return routed
          ? { as: "warn", text: `${line}; it is off the air until the new one is well` }
          : detail(line);
      }
      const isNew = !leave.some((container) => container.service === service);
      const how = routed || !isNew ? "started beside the old" : "started";
      return detail(`${service}${times}: ${isNew ? "started" : how}`);
    }),
    ...kept.map((service) => {
      const fewer = leave.filter((container) => container.service === service).length;
      const rest = started.has(service) ? "started" : "left alone";
      const how = fewer === 0 ? rest : `${fewer} fewer of it`;
      return detail(`${service}: unchanged, ${how}`);
    }),
    ...orphans.map((service) =>
      detail(`${service}: no longer in the file, goes last; its volumes stay`),
    ),
  ];
}
