import type { App } from "../../app.ts";
import type { Parts, Request } from "../parts.ts";
import { hostsOf } from "../plan/domains-of.ts";
import { isCompose, routeOf } from "../plan/shape.ts";
import { currentServices } from "../services/current.ts";
import { stopServices } from "../services/stop-services.ts";
import { liveRelease, releaseAgain } from "../story/release-again.ts";
import { putRoute } from "../story/put-route.ts";
import { retireReplica } from "../story/retire.ts";
import { appStatus } from "./apps.ts";

/**
 * Takes the app off the air until `startApp` or the next push: its hosts, if any, answer 503. Containers of a Dockerfile go; those of
 * a project end and stay, with what is in them.
 */
export async function stopApp(parts: Parts, app: App, request: Request): Promise<void> {
  const { report, signal } = request;
  const title = `a stop by ${request.by}`;
  const job = { app: app.id, title, kind: "change" as const, report, signal };
  const hosts = await parts.queue.run(job, async (turn) => {
    const live = liveRelease(parts, app);
    const names = hostsOf(parts, app, live);
    turn.commit();
    parts.store.apps.setStopped(app.id, true);
    await putRoute(parts, app.id, routeOf(live, names, []));
    await parts.catalog.deregister(app.name);
    const all = await parts.engine.listReplicas(app.id);
    const replicas = all.filter(({ service }) => service === null);
    report.detail(`Off the air; its containers have ${parts.settings.stopMs / 1000} s to end`);
    await Promise.all([
      ...replicas.map((replica) => retireReplica(parts, replica, turn.signal)),
      isCompose(live)
        ? stopServices(parts, live, await currentServices(parts, app.id), turn.signal)
        : undefined,
    ]);
    return names;
  });
  const answer = hosts.length === 0 ? "" : "; its hosts answer 503";
  report.step(`${app.name} is stopped${answer} until: octo start ${app.name}`);
}

/**
 * Brings back an app that is stopped or down, with the config vars as they are now; one that runs, or ends again and again, is
 * left alone.
 * @throws badProject when the app has no release yet
 */
export async function startApp(parts: Parts, app: App, request: Request): Promise<void> {
  liveRelease(parts, app);
  const { status } = await appStatus(parts, app);
  if (status === "up") {
    request.report.step(`${app.name} runs already`);
    return;
  }
  if (status === "restarting") {
    request.report.step(
      `${app.name} is started again and again; why it ends: octo logs ${app.name}`,
    );
    return;
  }
  const reason = "start";
  await releaseAgain(parts, app, `a ${reason} by ${request.by}`, request, async (base) => ({
    base,
    vars: await parts.vars.read(app.name),
    reason,
    change: null,
  }));
}
