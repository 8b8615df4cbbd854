import type { App } from "../../app.ts";
import type { Release } from "../../release.ts";
import type { TreeMount } from "../../service.ts";
import type { Parts } from "../parts.ts";
import { silentReport } from "../report.ts";
import { keptImages } from "../plan/kept-images.ts";
import { type ComposeRelease, isCompose, isRunnable } from "../plan/shape.ts";
import { removeBuildLogs } from "./build-log.ts";

/**
 * Keeps the newest images that served and the newest releases, within the settings. An image that is still in use is left
 * for the next look at all apps.
 */
export async function prune(parts: Parts, app: App, signal: AbortSignal): Promise<void> {
  const { composer, engine, queue, settings, store, trees } = parts;
  if (store.apps.isCleared(app.id)) {
    return;
  }
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
    const isAllGone = await engine.pruneImages(app.id, keptImages(served, settings.keepImages));
    store.releases.prune(app.id, settings.keepReleases);
    const kept = store.releases.list(app.id);
    const versions = kept.map(({ version }) => version);
    await removeBuildLogs(settings.data, app.id, new Set(versions));
    await trees.prune(app.id, commitsInUse(kept), kept.filter(isCompose).flatMap(mountsOf));
    // Of a candidate that was cut off before it had containers.
    await composer.removeUnusedNetworks(app.id);
    if (isAllGone) {
      store.apps.setCleared(app.id, Math.max(0, ...versions));
    }
  });
}

/** Of the live release: its tree is read again when its config vars change. */
function commitsInUse(releases: readonly Release[]): string[] {
  return releases.filter(({ status }) => status === "live").map(({ commit }) => commit);
}

function mountsOf({ project }: ComposeRelease): readonly TreeMount[] {
  return project.mounts;
}
