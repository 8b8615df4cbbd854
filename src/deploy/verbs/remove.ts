import type { App } from "../../app.ts";
import { branchRef } from "../../revision.ts";
import { removeServices } from "../services/remove-services.ts";
import { removeBuildLogs } from "../story/build-log.ts";
import type { Parts, Request } from "../parts.ts";

/** Somebody waits for the removal; Docker's own grace is enough for an app that is not to come back. */
const maxStopMs = 10_000;

export interface Removal {
  /** Volumes, kept folders and, with its last app, the repository go too. */
  readonly force: boolean;
  /** By a push of the branch's deletion: git removes the ref itself, and would refuse to if it were gone. */
  readonly byPush?: boolean;
}

/**
 * Takes away an app, its routes, vars, releases and branch. Volumes, folders that containers wrote to and the repository
 * stay, unless `force`.
 */
export async function removeApp(
  parts: Parts,
  app: App,
  { force, byPush = false }: Removal,
  request: Request,
): Promise<void> {
  const { catalog, engine, queue, repositories, router, settings, store, trees, vars } = parts;
  const { report, signal } = request;
  queue.cancel(app.id, `${request.by} removed the app`);
  const title = `the removal by ${request.by}`;
  await queue.run({ app: app.id, title, supersedes: false, report, signal }, async (turn) => {
    report.step(`Removing ${app.name}`);
    // Vars first: where Consul does not answer, nothing is half gone.
    await vars.removeAll(app.name);
    turn.commit();
    await router.remove(app.id);
    await catalog.deregister(app.name);
    const all = await engine.listReplicas(app.id);
    const replicas = all.filter(({ service }) => service === null);
    await Promise.all(
      replicas.map(async (replica) => {
        await engine.stopReplica(replica.id, Math.min(settings.stopMs, maxStopMs));
        await engine.removeReplica(replica.id);
      }),
    );
    await removeServices(parts, app.id);
    await trees.removeAll(app.id, force);
    await engine.pruneImages(app.id, []);
    await removeBuildLogs(settings.data, app.id);
    if (!byPush) {
      // Otherwise the next push would be told that everything is up to date.
      await repositories.removeRef(app.repository, branchRef(app.branch));
    }
    store.apps.remove(app.id);
    store.events.add({ app: app.id, who: request.by, what: "remove", detail: app.name });
  });
  report.detail("Its config vars and its release history are gone");
  if (!force) {
    const more = byPush ? "" : `; with --force they would go too`;
    report.detail(`Its volumes and its repository are kept${more}`);
    return;
  }
  await engine.removeVolumes(app.id);
  if (store.apps.all().every((other) => other.repository !== app.repository)) {
    await repositories.remove(app.repository);
    store.apps.removeRepository(app.repository);
  }
}
