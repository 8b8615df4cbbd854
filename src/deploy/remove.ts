import type { App } from "../app.ts";
import { removeBuildLogs } from "./build-log.ts";
import type { Parts, Request } from "./parts.ts";

/** Somebody waits for the removal; Docker's own grace is enough for an app that is not to come back. */
const maxStopMs = 10_000;

/** Takes away an app, its routes, vars and releases. Volumes and the repository stay, unless `force`. */
export async function removeApp(
  parts: Parts,
  app: App,
  options: { readonly force: boolean },
  request: Request,
): Promise<void> {
  const { catalog, engine, queue, repositories, router, settings, store, vars } = parts;
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
    const replicas = await engine.listReplicas(app.id);
    await Promise.all(
      replicas.map(async (replica) => {
        await engine.stopReplica(replica.id, Math.min(settings.stopMs, maxStopMs));
        await engine.removeReplica(replica.id);
      }),
    );
    await engine.pruneImages(app.id, []);
    await removeBuildLogs(settings.data, app.id);
    store.apps.remove(app.id);
    store.events.add({ app: app.id, who: request.by, what: "remove", detail: app.name });
  });
  if (!options.force) {
    report.detail("Its volumes and its repository are kept; with --force they would go too");
    return;
  }
  await engine.removeVolumes(app.id);
  if (store.apps.all().every((other) => other.repository !== app.repository)) {
    await repositories.remove(app.repository);
  }
}
