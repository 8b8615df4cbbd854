import type { App } from "../../app.ts";
import type { PreparedRoute, Replica } from "../../ports.ts";
import { deferred } from "../../system/deferred.ts";
import type { Parts } from "../parts.ts";
import { isRunnable, type Runnable } from "../plan/shape.ts";
import { silentReport } from "../report.ts";
import { registerServices } from "../story/register.ts";
import { dueRoute } from "./due-route.ts";
import { byApp, currentlyRunning, isThere, type Running } from "./is-there.ts";

/** A push of any of them waits for all: what cannot be prepared in this time has its turn later. */
const longestTogetherMs = 2_000;
const mostTogether = 50;

/** A route that is about to be put, and what it is of. */
interface Due {
  readonly app: App;
  readonly live: Runnable;
  readonly serving: readonly Replica[];
  readonly prepared: PreparedRoute;
}

/**
 * The routes of apps of which only the route is not as it should be: of many after the renewal of a certificate that they share, or
 * after a reboot. Each switch costs all apps their kept connections, so it is one for many of them.
 */
export async function putRoutes(
  parts: Parts,
  apps: readonly App[],
  signal: AbortSignal,
): Promise<void> {
  let left = apps;
  while (left.length > 0) {
    const next = left.slice(0, mostTogether);
    left = [...(await putTogether(parts, next, signal)), ...left.slice(mostTogether)];
  }
}

/**
 * In the turns of all of them, so that nothing is undone that somebody is just bringing live.
 * @returns those that it did not come to
 */
async function putTogether(
  parts: Parts,
  apps: readonly App[],
  signal: AbortSignal,
): Promise<readonly App[]> {
  const done = deferred<void>();
  // Apps at work are left to that work: the others would be kept for as long as it takes.
  const free = apps.filter(({ id }) => !parts.queue.busy(id));
  const turns = free.map((app) => takeTurn(parts, app, done.promise, signal));
  try {
    const held = (await Promise.all(turns.map(({ taken }) => taken))).flatMap((app) => app ?? []);
    return held.length > 0 ? await putAll(parts, held) : [];
  } finally {
    done.resolve();
    await Promise.all(turns.map(({ ended }) => ended));
  }
}

/** Keeps the app's turn until all is `done`; `taken` is null where there are no turns any more. */
function takeTurn(
  { queue }: Parts,
  app: App,
  done: Promise<void>,
  signal: AbortSignal,
): { readonly taken: Promise<App | null>; readonly ended: Promise<void> } {
  const title = `Goku's check of ${app.name}`;
  const job = { app: app.id, title, kind: "route" as const, report: silentReport, signal };
  const taken = deferred<App | null>();
  const turn = queue.run(job, () => {
    taken.resolve(app);
    return done;
  });
  const ended = turn.catch(() => taken.resolve(null));
  return { taken: taken.promise, ended };
}

/** @returns those for which the time was too short */
async function putAll(parts: Parts, apps: readonly App[]): Promise<readonly App[]> {
  // What was seen before the turns began may have been replaced since.
  const runningOf = byApp(await currentlyRunning(parts));
  const due: Due[] = [];
  const began = performance.now();
  let looked = 0;
  for (const { id } of apps) {
    if (performance.now() - began >= longestTogetherMs) {
      break;
    }
    looked++;
    const found = await attempt(parts, id, () => prepareDue(parts, id, runningOf(id)));
    due.push(...(found === null ? [] : [found]));
  }
  // At one moment, so that they share a switch, and one that fails does so alone.
  const published = await Promise.all(
    due.map((one) =>
      attempt(parts, one.app.id, async () => {
        await parts.router.publish([one.prepared]);
        return one;
      }),
    ),
  );
  for (const one of published) {
    if (one !== null && !(await registerServices(parts, one.app, one.live, one.serving))) {
      break;
    }
  }
  return apps.slice(looked);
}

/** Null where there is nothing to do, or more than to put a route: that is for the next look. */
async function prepareDue(parts: Parts, id: string, running: Running): Promise<Due | null> {
  const { router, store } = parts;
  const app = store.apps.find(id);
  const live = store.releases.live(id);
  if (app === null || store.apps.removals().has(id) || live === null || !isRunnable(live)) {
    return null;
  }
  const serving = app.stopped
    ? []
    : running.replicas.filter(({ version }) => version === live.version);
  const route = dueRoute(parts, app, live, serving);
  if (route === null || !isThere(app, live, running) || (await router.isPublished(id, route))) {
    return null;
  }
  const prepared = await router.prepare(route, { servedCertificate: true });
  return { app, live, serving, prepared };
}

async function attempt<T>({ log }: Parts, app: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    log.warn({ err: error, app }, "could not put the app's route right");
    return null;
  }
}
