import type { App } from "../../app.ts";
import { type CreatedServices, isUp, type ServiceContainer } from "../../compose-ports.ts";
import { allEnded } from "../../system/all-ended.ts";
import type { Parts } from "../parts.ts";
import { assertMayRunSoOften } from "../plan/so-often.ts";
import { planLines, type ServicePlan } from "../plan/service-plan.ts";
import { type Addressed, type ComposeRelease, isCompose, routedServices } from "../plan/shape.ts";
import { twinsOf, waitingForTwins } from "../plan/twins.ts";
import type { Candidate } from "../story/candidate.ts";
import { keepRunning } from "../story/keep-running.ts";
import type { Story } from "../story/story.ts";
import { clearTheWay, inTheWay, planOnceClear } from "./clear-the-way.ts";
import { servicesOf } from "./current.ts";
import { nameContainers } from "./name-containers.ts";
import { awaitCompleted, awaitNotFailed, awaitUp, hasEndedWell } from "./proofs.ts";
import { retireServices } from "./retire-services.ts";
import { runReleaseCommand } from "./release-command.ts";
import { standIn, standInsOf } from "./stand-in.ts";
import { createStartOrder } from "./start-order.ts";
import { takeBack } from "./take-back.ts";
import { takeOver } from "./take-over.ts";

/**
 * The containers a release of a compose project needs, beside those there are: routed services get new ones, others only
 * where something about them changed. All are created before any starts, so that what cannot be made is known first.
 */
export async function startServices(
  parts: Parts,
  app: App,
  release: ComposeRelease,
  fresh: ReadonlySet<string>,
  story: Story,
): Promise<Candidate> {
  const { report, signal } = story;
  assertMayRunSoOften(app, release);
  const stopped = parts.store.apps.find(app.id)?.stopped ?? false;
  report.step(`Starting ${app.id} v${release.version}`);
  const plan = await planOnceClear(parts, release, fresh, stopped, story);
  planLines(release, plan).forEach(({ as, text }) => report[as](text));
  const created = await story.step("startCandidate", () =>
    parts.composer.create({ ...servicesOf(release), wanted: plan.create }, signal),
  );
  const moved: Moved = { hidden: [], joined: [], stopped: [] };
  const live = parts.store.releases.live(app.id);
  const { definition } = (live !== null && isCompose(live) ? live : release).project;
  const remove = () => takeBack(parts, { plan, created, ...moved, definition });
  try {
    const left = inTheWay(release, plan.start, plan.leave).filter(isUp);
    moved.stopped.push(...left);
    await clearTheWay(parts, left);
    moved.joined.push(...standInsOf(plan.create));
    await standIn(parts, plan.create, release.project.definition);
    const starter = createStarter(parts, release, plan, created, moved, story);
    await runReleaseCommand(parts, release, starter.order, story);
    await story.step("startCandidate", () => starter.order.startAll());
    return {
      replicas: replicasOf(release, created.containers),
      awaitHealthy: () => starter.awaitAll(),
      takeOver: () => starter.takeOver(),
      async keep() {
        await starter.takeLastJobs();
        const kept = toKeep(release, created.containers).filter((id) => !starter.ended.has(id));
        await keepRunning(parts, kept);
      },
      remove,
      async retireOthers(until) {
        await retireServices(parts, app, plan.leave, until);
        await nameContainers(parts, app, release);
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Containers that Docker has to be told to keep, since the file says nothing about it. */
export function toKeep(
  { project }: Pick<ComposeRelease, "project">,
  containers: readonly ServiceContainer[],
): string[] {
  const kept = new Set(project.services.filter(({ keep }) => keep).map(({ name }) => name));
  return containers
    .filter(({ service, state }) => kept.has(service) && state !== "done")
    .map(({ id }) => id);
}

/** Those that take traffic, as the router hears of them. */
function replicasOf(
  { version }: ComposeRelease,
  containers: readonly ServiceContainer[],
): Addressed[] {
  return containers
    .filter((container) => container.version === version)
    .map(({ service, address }, at) => ({ service, index: at + 1, address }));
}

/** What was done so far to containers that ran before. */
interface Moved {
  readonly hidden: ServiceContainer[];
  readonly joined: ServiceContainer[];
  readonly stopped: ServiceContainer[];
}

function createStarter(
  parts: Parts,
  release: ComposeRelease,
  plan: ServicePlan,
  created: CreatedServices,
  moved: Moved,
  { report, signal }: Story,
) {
  const routed = routedServices(release.project);
  const twins = twinsOf(release.project.services, routed, plan);
  const services = new Map(release.project.services.map((service) => [service.name, service]));
  const inPlace = new Set(
    plan.create.filter(({ replaces }) => replaces.length > 0).map(({ service }) => service),
  );
  const newOf = (name: string) => created.containers.filter(({ service }) => service === name);
  const wokenOf = (name: string) => plan.start.filter(({ service }) => service === name);
  const start = (containers: readonly ServiceContainer[]) =>
    allEnded(containers.map((container) => parts.composer.startService(container, signal)));

  /** Ids of those that were done before anything was taken from them, and that Docker must not start again. */
  const ended = new Set<string>();

  async function prove(name: string): Promise<void> {
    const containers = inPlace.has(name) ? [] : [...newOf(name), ...wokenOf(name)];
    await proveContainers(name, containers);
  }

  async function proveContainers(
    name: string,
    containers: readonly ServiceContainer[],
  ): Promise<void> {
    const service = services.get(name);
    const silent = service?.keep === true;
    const proveOne = async (container: ServiceContainer) => {
      // Of one that the file has no word about, nobody knows whether it is to stay.
      const mayEnd = silent || service?.runs === "until-done";
      if (container.version !== null || !mayEnd) {
        await awaitUp(parts, release, container, { report, signal });
      } else if ((await awaitNotFailed(parts, release, container, { report, signal })) && silent) {
        takeAsDone(container);
      }
    };
    await allEnded(containers.map(proveOne));
  }

  function takeAsDone({ id, service }: ServiceContainer): void {
    ended.add(id);
    report.detail(`${service} has ended with status 0, and is taken as done`);
  }

  /** A job may outlast its first second. What ends later, may have lost what is replaced. */
  async function takeLateJobs(): Promise<void> {
    const late = created.containers.filter(
      ({ id, service, version }) =>
        version === null &&
        !inPlace.has(service) &&
        !ended.has(id) &&
        services.get(service)?.keep === true,
    );
    await allEnded(
      late.map(async (each) => {
        if (await hasEndedWell(parts, each)) {
          takeAsDone(each);
        }
      }),
    );
  }

  /** From now on the new ones alone are found by the service's name. */
  async function hideOld(name: string): Promise<void> {
    const old = twins.get(name) ?? [];
    if (old.length > 0) {
      moved.hidden.push(...old);
      await parts.composer.hideNames(old);
    }
  }

  const order = createStartOrder(waitingForTwins(release.project.services, routed, twins), {
    start: (name) => start([...(inPlace.has(name) ? [] : newOf(name)), ...wokenOf(name)]),
    async healthy(name) {
      await prove(name);
      await hideOld(name);
    },
    completed: (name) =>
      allEnded([...newOf(name), ...wokenOf(name)].map((job) => awaitCompleted(parts, job, signal))),
  });

  return {
    order,
    ended,
    async awaitAll(): Promise<void> {
      await allEnded([...services.keys()].map((name) => order.healthy(name)));
      await takeLateJobs();
    },
    /** What ended while the release went live. One that cannot be seen is kept: rather a job too often than no database. */
    async takeLastJobs(): Promise<void> {
      if (moved.stopped.length === 0) {
        await takeLateJobs().catch(() => undefined);
      }
    },
    takeOver: () =>
      takeOver(
        parts,
        release,
        {
          create: plan.create,
          created: created.containers,
          stopped: moved.stopped,
          start,
          prove: proveContainers,
        },
        { report, signal },
      ),
  };
}
