import type { App } from "../../app.ts";
import type { Replica } from "../../ports.ts";
import type { Release } from "../../release.ts";
import type { TreeMount } from "../../service.ts";
import { removeBuildLogs } from "./build-log.ts";
import { endContainer } from "./end-container.ts";
import type { Parts } from "../parts.ts";
import { silentReport } from "../report.ts";
import { keptImages } from "../plan/kept-images.ts";
import { type ComposeRelease, isCompose, isRunnable, webPort } from "../plan/shape.ts";

/** What has to be known of a replica, or of a service's container, that is to go. */
export type Leaving = Pick<Replica, "id" | "app" | "service" | "version" | "address" | "running">;

/** Lets the replica finish what it is doing, stops and removes it. One that is on its way out already is left to that. */
export async function retireReplica(
  parts: Parts,
  replica: Leaving,
  signal: AbortSignal,
): Promise<void> {
  const { engine, retiring, settings } = parts;
  if (retiring.has(replica.id)) {
    return;
  }
  retiring.add(replica.id);
  try {
    await drain(parts, replica, signal);
    signal.throwIfAborted();
    await endContainer(engine, replica.id, settings.stopMs);
  } finally {
    retiring.delete(replica.id);
  }
}

/** What is left of a Dockerfile that a compose project has replaced. */
export async function retireContainers(
  parts: Parts,
  { app, version }: ComposeRelease,
  signal: AbortSignal,
): Promise<void> {
  const replicas = await parts.engine.listReplicas(app);
  const old = replicas.filter((each) => each.service === null && each.version < version);
  await Promise.all(old.map((replica) => retireReplica(parts, replica, signal)));
}

/** Waits until no request to it is left, for as long as the settings allow. */
export async function drain(parts: Parts, replica: Leaving, signal: AbortSignal): Promise<void> {
  const release = parts.store.releases.find(replica.app, replica.version);
  const port = release !== null && isRunnable(release) ? webPort(release, replica.service) : null;
  if (replica.running && replica.address !== null && port !== null) {
    const backend = { address: replica.address, port };
    // Late requests to what has been stopped have nobody to answer them anyway.
    const awaitLate = parts.store.apps.find(replica.app)?.stopped === false;
    const timeoutMs = parts.settings.drainMs;
    await parts.router.drained(backend, { timeoutMs, awaitLate, signal });
  }
}

/** Keeps the newest images that served and the newest releases, within the settings. */
export async function prune(parts: Parts, app: App, signal: AbortSignal): Promise<void> {
  const { engine, queue, settings, store, trees } = parts;
  const job = {
    app: app.id,
    title: `the clean-up of ${app.id}`,
    kind: "upkeep" as const,
    report: silentReport,
    signal,
  };
  // In the app's turn: a build could be making the very image that is about to go.
  await queue.run(job, async () => {
    const served = store.releases
      .list(app.id)
      .filter(({ status }) => status === "live" || status === "retired")
      .filter(isRunnable);
    await engine.pruneImages(app.id, keptImages(served, settings.keepImages));
    store.releases.prune(app.id, settings.keepReleases);
    const kept = store.releases.list(app.id);
    const versions = kept.map(({ version }) => version);
    await removeBuildLogs(settings.data, app.id, new Set(versions));
    await trees.prune(app.id, commitsInUse(kept), kept.filter(isCompose).flatMap(mountsOf));
  });
}

/** Of the live release: its tree is read again when its config vars change. */
function commitsInUse(releases: readonly Release[]): string[] {
  return releases.filter(({ status }) => status === "live").map(({ commit }) => commit);
}

function mountsOf({ project }: ComposeRelease): readonly TreeMount[] {
  return project.mounts;
}
