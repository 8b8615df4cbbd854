import { type App, toLabel } from "../../app.ts";
import { refMoved, removalGoesOn } from "../../errors.ts";
import { branchRef, noCommit } from "../../revision.ts";
import { allEnded } from "../../system/all-ended.ts";
import { createCare } from "../care/care.ts";
import { removeServices } from "../services/remove-services.ts";
import { removeBuildLogs } from "../story/build-log.ts";
import { endContainer } from "../story/end-container.ts";
import { drain } from "../story/retire.ts";
import { bringToDisk } from "../on-disk.ts";
import type { Parts, Request } from "../parts.ts";
import { keptFolders } from "./volumes.ts";

/** Somebody waits for the removal; Docker's own grace is enough for an app that is not to come back, and for its requests. */
export const maxWaitMs = 10_000;

export interface Removal {
  /** Volumes, kept folders and, with its last app, the repository go too. */
  readonly force: boolean;
  /**
   * Where the pusher saw the branch whose deletion is pushed: git removes the ref itself, and only from there, as long as
   * somebody waits for it.
   */
  readonly pushedFrom?: string;
}

/**
 * Takes away an app, its routes, vars, releases and branch. Volumes, folders that containers wrote to and the repository
 * stay, unless `force`. Where it fails while the app could still come back, it does; later the removal is finished by the
 * next look at all apps, unless a push brings the app back before, and so is that of a Goku that was killed.
 * @throws refMoved
 */
export async function removeApp(
  parts: Parts,
  app: App,
  removal: Removal,
  request: Request,
): Promise<void> {
  const { queue, store } = parts;
  const { report, signal } = request;
  const { pushedFrom } = removal;
  if (pushedFrom !== undefined) {
    await branchMustStand(parts, app, pushedFrom);
  }
  queue.cancel(app.id, `${request.by} removed the app`);
  const title = `the removal by ${request.by}`;
  const kept = await queue.run(
    { app: app.id, title, kind: "change", report, signal },
    async (turn) => {
      if (pushedFrom !== undefined) {
        await branchMustStand(parts, app, pushedFrom);
      }
      report.step(`Removing ${app.name}`);
      // Where Consul does not answer, nothing is half gone.
      await parts.vars.read(app.name);
      const data = await dataOf(parts, app);
      turn.commit();
      const earlier = store.apps.removals().get(app.id) ?? null;
      store.apps.setRemoval(app.id, removal.force ? "all" : "app");
      const onDisk = bringToDisk(parts, request);
      try {
        await takeOffAir(parts, app);
      } catch (error) {
        store.apps.setRemoval(app.id, earlier);
        createCare(parts).look(app.id);
        throw error;
      }
      // After a power cut the removal is finished: what would come back has lost what cannot be made again.
      await onDisk;
      try {
        await takeAway(parts, app, removal, signal);
      } catch (error) {
        throw removalGoesOn(app.name, error);
      }
      store.events.add({ app: app.id, who: request.by, what: "remove", detail: app.name });
      return [...data, "its repository"];
    },
  );
  report.detail("Its config vars and its release history are gone");
  if (!removal.force) {
    const names = isLastOf(parts, app) ? [app.name, toLabel(app.repository)] : [app.name];
    const commands = [...new Set(names)].map((name) => `octo remove ${name} --force`);
    const sentence = `${kept.join(" and ")} ${kept.length === 1 ? "is" : "are"} kept`;
    report.detail(`${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`);
    report.detail(
      `Now that ${app.name} is gone, only an admin can take that, too: ${commands.join(", ")}`,
    );
  }
}

/** What containers wrote, and the app's removal leaves where it is. */
async function dataOf(parts: Parts, { id, name }: App): Promise<string[]> {
  const volumes = await parts.composer.listVolumes(id);
  const folders = keptFolders(parts, { id, name, app: null });
  return [
    ...(volumes.length === 0 ? [] : ["its volumes"]),
    ...(folders.length === 0 ? [] : ["its folders"]),
  ];
}

/** Otherwise git would keep the branch, moved by somebody else, of an app that is gone. */
async function branchMustStand(parts: Parts, app: App, seen: string): Promise<void> {
  const tip = await parts.repositories.tip(app.repository, branchRef(app.branch));
  if (tip !== seen) {
    throw refMoved(app.branch, tip);
  }
}

/** Until this has ended, all that it takes is made again by whoever looks after the app. */
async function takeOffAir(parts: Parts, app: App): Promise<void> {
  const { catalog, engine, router, settings } = parts;
  await router.remove(app.id);
  await catalog.deregister(app.name);
  const all = await engine.listReplicas(app.id);
  const drainMs = Math.min(settings.drainMs, maxWaitMs);
  // It goes on whoever stops waiting.
  const { signal } = new AbortController();
  await allEnded(all.map((replica) => drain(parts, replica, signal, drainMs)));
  const replicas = all.filter(({ service }) => service === null);
  const stopMs = Math.min(settings.stopMs, maxWaitMs);
  await allEnded(replicas.map(({ id }) => endContainer(engine, id, stopMs)));
  await removeServices(parts, app.id);
}

/** What cannot be made again. Whatever is gone already is no error. */
async function takeAway(
  parts: Parts,
  app: App,
  removal: Removal,
  signal: AbortSignal,
): Promise<void> {
  const { engine, repositories, router, settings, store, trees, vars } = parts;
  const { force, pushedFrom } = removal;
  const ref = branchRef(app.branch);
  if (pushedFrom === undefined) {
    // First: otherwise a push that is to bring it back would be told that everything is up to date.
    await repositories.removeRef(app.repository, ref);
  }
  await vars.removeAll(app.name);
  await trees.removeAll(app.id, force);
  await engine.pruneImages(app.id, []);
  await removeBuildLogs(settings.data, app.id);
  await router.forget(app.id);
  const isLast = isLastOf(parts, app);
  if (force) {
    await engine.removeVolumes(app.id);
  }
  if (force && isLast) {
    await repositories.remove(app.repository);
  }
  if (pushedFrom !== undefined && signal.aborted) {
    // Its pusher has gone or Goku stops, and git keeps the ref then.
    await repositories.moveRef(app.repository, ref, noCommit(pushedFrom), pushedFrom);
  }
  // The app itself last: as long as it is there, what is left of it is found again.
  store.apps.remove(app.id, force && isLast ? app.repository : undefined);
}

/** No other app is made from its repository. */
function isLastOf({ store }: Parts, app: App): boolean {
  return store.apps
    .all()
    .every(({ id, repository }) => id === app.id || repository !== app.repository);
}
