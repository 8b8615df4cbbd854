import type { App } from "../../app.ts";
import { isUp, type ServiceContainer } from "../../compose-ports.ts";
import { allEnded } from "../../system/all-ended.ts";
import { currentReplicas, publishRoute } from "../care/due-route.ts";
import type { Replica } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { isDone, planServices, type ServicePlan } from "../plan/service-plan.ts";
import type { ComposeRelease } from "../plan/shape.ts";
import { keepRunning } from "../story/keep-running.ts";
import { prune } from "../story/prune.ts";
import { retireReplica } from "../story/retire.ts";
import { clearTheWay, inTheWay } from "./clear-the-way.ts";
import { currentServices, servicesOf } from "./current.ts";
import { nameContainers } from "./name-containers.ts";
import { retireServices } from "./retire-services.ts";
import { endsWellWithin } from "./proofs.ts";
import { createStartOrder } from "./start-order.ts";
import { toKeep } from "./start-services.ts";
import { stopServices } from "./stop-services.ts";

/** A job made again may take longer than its first second, and nobody waits. */
const jobMs = 30_000;

/** What is to be done for the live release to have what it should; nothing while the app is stopped. */
export function planRepair(
  app: App,
  live: ComposeRelease,
  existing: readonly ServiceContainer[],
): ServicePlan {
  const plan = planServices(live, existing);
  if (!app.stopped) {
    return { ...plan, create: plan.create.filter(({ service }) => !isJob(live, service)) };
  }
  // Until it is started, nothing takes the place of what cannot start.
  return { ...plan, create: [], start: [], leave: plan.leave.filter(({ startable }) => startable) };
}

/** What ran once is not run again because somebody has tidied up its container. */
function isJob({ project }: ComposeRelease, name: string): boolean {
  return project.services.some((service) => service.name === name && service.runs === "until-done");
}

/** True when a stop was cut off, or somebody started what it had stopped. */
export function runsThoughStopped(app: App, existing: readonly ServiceContainer[]): boolean {
  return app.stopped && existing.some(isUp);
}

/** Containers of services that died, were removed or are too many; routes follow. */
export async function healServices(
  parts: Parts,
  app: App,
  live: ComposeRelease,
  signal: AbortSignal,
): Promise<void> {
  const existing = await currentServices(parts, app.id);
  const plan = planRepair(app, live, existing);
  if (runsThoughStopped(app, existing)) {
    await stopServices(parts, live, existing, signal);
  } else if (!isDone(plan)) {
    try {
      await repair(parts, app, live, plan, signal);
    } catch (error) {
      // An address that a dead one had may be somebody else's next.
      await publishRunning(parts, app, live);
      throw error;
    }
    await showAgain(parts, live, plan);
  }
  const replicas = await publishRunning(parts, app, live);
  parts.background.start(`retiring services of ${app.id} that should not run`, async (until) => {
    await retireServices(parts, app, plan.leave, until);
    await nameContainers(parts, app, live);
    // A Dockerfile's replicas, from before the project had a compose file.
    const older = replicas.filter(({ service }) => service === null);
    await Promise.all(older.map((replica) => retireReplica(parts, replica, until)));
    await prune(parts, app, until);
  });
}

/** @returns all replicas of the app */
async function publishRunning(parts: Parts, app: App, live: ComposeRelease): Promise<Replica[]> {
  const replicas = await currentReplicas(parts, app.id);
  const serving = replicas.filter(({ version }) => version === live.version);
  await publishRoute(parts, app, live, app.stopped ? [] : serving);
  return replicas;
}

/** A deploy that was cut off may have taken or given names: then there is what it had begun, and so something to repair. */
async function showAgain(
  { composer, log }: Parts,
  live: ComposeRelease,
  { keep, start }: ServicePlan,
): Promise<void> {
  const running = [...keep.filter(({ state }) => state === "running"), ...start];
  try {
    if (running.length > 0) {
      await composer.showNames(running, live.project.definition);
      await composer.leaveNetworks(running, live.project.definition);
    }
  } catch (error) {
    log.error({ err: error, app: live.app }, "could not give containers their names back");
  }
}

async function repair(
  parts: Parts,
  app: App,
  live: ComposeRelease,
  plan: ServicePlan,
  signal: AbortSignal,
): Promise<void> {
  const { composer, store } = parts;
  // Left by a deploy that was cut off: what took the place of what should run.
  await clearTheWay(parts, inTheWay(live, [...plan.start, ...plan.create], plan.leave));
  const created =
    plan.create.length === 0
      ? []
      : (await composer.create({ ...servicesOf(live), wanted: plan.create }, signal)).containers;
  const toStart = [...created, ...plan.start];
  const order = createStartOrder(live.project.services, {
    start: (name) =>
      allEnded(
        toStart
          .filter(({ service }) => service === name)
          .map((container) => composer.startService(container, signal)),
      ),
    // Whether they are well is for their own restart policies and the next look.
    healthy: async () => undefined,
    completed: async () => undefined,
  });
  const isNew = ({ state, version }: ServiceContainer) => state === "created" && version === null;
  try {
    await order.startAll();
  } finally {
    // Whatever else cannot start: the next look finds these running, and nothing to do.
    keepUnlessDone(parts, live, toStart.filter(isNew));
  }
  const others = toStart.filter((each) => !isNew(each));
  await keepRunning(parts, toKeep(live, others));
  const event = (what: string) => (container: ServiceContainer) =>
    store.events.add({ app: app.id, who: "goku", what, detail: container.name });
  plan.start.forEach(event("restarted"));
  created.forEach(event("replaced"));
}

/** What is soon done was a job, and Docker is not to run it again and again. */
function keepUnlessDone(
  parts: Parts,
  live: ComposeRelease,
  containers: readonly ServiceContainer[],
): void {
  const ids = toKeep(live, containers);
  for (const container of containers.filter(({ id }) => ids.includes(id))) {
    parts.background.start(`seeing whether ${container.name} ends`, async (signal) => {
      // Where that cannot be seen, as when Goku ends meanwhile: rather a job too often than no database.
      const wasJob = await endsWellWithin(parts, container, jobMs, signal).catch(() => false);
      if (!wasJob) {
        await keepRunning(parts, [container.id]);
      }
    });
  }
}
