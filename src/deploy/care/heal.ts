import type { App } from "../../app.ts";
import type { Replica } from "../../ports.ts";
import { holdersOf, makeRoom } from "../containers/make-room.ts";
import type { Parts } from "../parts.ts";
import { type DockerfileRelease, isCompose, isDockerfile, replicaSpec } from "../plan/shape.ts";
import { silentReport } from "../report.ts";
import { currentServices } from "../services/current.ts";
import { healServices } from "../services/heal-services.ts";
import { removeServices } from "../services/remove-services.ts";
import { retireServices } from "../services/retire-services.ts";
import { prune } from "../story/prune.ts";
import { retireReplica } from "../story/retire.ts";
import { currentReplicas, isCaredFor, publishRoute } from "./due-route.ts";

/** Everything the live release should have runs, its route is there, and nothing else. For whoever has the app's turn. */
export async function heal(parts: Parts, app: App, signal: AbortSignal): Promise<void> {
  if (parts.store.apps.removals().has(app.id)) {
    // Off the air already: what is left of it goes, too, or the next push brings it back.
    return;
  }
  const live = parts.store.releases.live(app.id);
  const now = parts.store.apps.find(app.id) ?? app;
  if (live === null) {
    await healNothing(parts, app);
  } else if (isCompose(live)) {
    await healServices(parts, now, live, signal);
  } else if (isDockerfile(live)) {
    await healContainers(parts, now, live, signal);
  }
}

/** An app that never went live has nothing. */
async function healNothing(parts: Parts, app: App): Promise<void> {
  await parts.router.remove(app.id);
  const replicas = await currentReplicas(parts, app.id);
  await Promise.all(replicas.map((replica) => parts.engine.removeReplica(replica.id)));
  await removeServices(parts, app.id);
}

async function healContainers(
  parts: Parts,
  app: App,
  live: DockerfileRelease,
  signal: AbortSignal,
): Promise<void> {
  const there = await currentReplicas(parts, app.id);
  // Left by a deploy that was cut off: what cannot run beside what should.
  const holders = app.stopped ? [] : holdersOf(parts, live, there);
  await makeRoom(parts, holders, silentReport);
  const all = there.filter(({ id }) => holders.every(({ replica }) => replica.id !== id));
  const { kept, failures } = app.stopped
    ? { kept: [], failures: [] }
    : await healReplicas(parts, app, live, all, signal);
  // Also where not all could be had: an address that a dead one had may be somebody else's next.
  await publishRoute(parts, app, live, kept);
  if (failures.length > 0) {
    throw failures[0];
  }
  const extra = all.filter((replica) => !kept.some(({ id }) => id === replica.id));
  // What is left of a compose project that a Dockerfile has replaced.
  const strays = (await currentServices(parts, app.id)).filter(({ version }) => version === null);
  parts.background.start(`retiring what of ${app.id} should not run`, async (until) => {
    await Promise.all(extra.map((replica) => retireReplica(parts, replica, until)));
    await retireServices(parts, app, strays, until);
    await prune(parts, app, until);
  });
}

/** One running replica for each place of the live release, as far as they can be had. */
async function healReplicas(
  parts: Parts,
  app: App,
  live: DockerfileRelease,
  all: readonly Replica[],
  signal: AbortSignal,
): Promise<{ readonly kept: readonly Replica[]; readonly failures: readonly unknown[] }> {
  const places = Array.from({ length: live.scale }, (_, at) => at + 1);
  const results = await Promise.allSettled(
    places.map(async (index) => {
      const theirs = all.filter((other) => other.version === live.version && other.index === index);
      const best = theirs.find(({ running }) => running) ?? theirs.find(isCaredFor) ?? theirs[0];
      return best !== undefined && isCaredFor(best)
        ? best
        : revive(parts, app, live, index, best, signal);
    }),
  );
  return {
    kept: results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])),
    failures: results.flatMap((result) => (result.status === "rejected" ? [result.reason] : [])),
  };
}

async function revive(
  parts: Parts,
  app: App,
  live: DockerfileRelease,
  index: number,
  dead: Replica | undefined,
  signal: AbortSignal,
): Promise<Replica> {
  const { engine, store } = parts;
  const who = "goku";
  if (dead !== undefined) {
    try {
      await engine.restartReplica(dead.id);
      // It may be one that Goku was killed over before Docker was told.
      await engine.keepReplica(dead.id);
      const again = (await engine.listReplicas(app.id)).find(({ id }) => id === dead.id);
      if (again !== undefined && isCaredFor(again) && again.address !== null) {
        store.events.add({ app: app.id, who, what: "restarted", detail: dead.name });
        return again;
      }
    } catch (error) {
      parts.log.warn({ err: error, replica: dead.name }, "could not restart it; making a new one");
    }
    await engine.removeReplica(dead.id);
  }
  const fresh = await engine.startReplica(replicaSpec(app, live, index), signal);
  await engine.keepReplica(fresh.id);
  store.events.add({ app: app.id, who, what: "replaced", detail: fresh.name });
  return fresh;
}
