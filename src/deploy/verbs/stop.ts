import type { App } from "../../app.ts";
import type { Parts, Request } from "../parts.ts";
import { liveRelease } from "../story/release-again.ts";
import { reload } from "./restart.ts";
import { retireReplica } from "../story/retire.ts";
import { routeOf } from "../plan/shape.ts";

/** Takes the app off the air until `startApp` or the next push: its hosts answer 503, its containers go. */
export async function stopApp(parts: Parts, app: App, request: Request): Promise<void> {
  const { report, signal } = request;
  const title = `a stop by ${request.by}`;
  await parts.queue.run({ app: app.id, title, supersedes: false, report, signal }, async (turn) => {
    const live = liveRelease(parts, app);
    turn.commit();
    parts.store.apps.setStopped(app.id, true);
    const route = routeOf(live, []);
    if (route !== null) {
      await parts.router.publish([await parts.router.prepare(route)]);
    }
    await parts.catalog.deregister(app.name);
    const replicas = await parts.engine.listReplicas(app.id);
    report.detail(`Off the air; its containers have ${parts.settings.stopMs / 1000} s to end`);
    await Promise.all(replicas.map((replica) => retireReplica(parts, replica, turn.signal)));
  });
  report.step(`${app.name} is stopped; its hosts answer 503 until: octo start ${app.name}`);
}

/** Brings a stopped app back, with the config vars as they are now; one that runs is left alone. */
export async function startApp(parts: Parts, app: App, request: Request): Promise<void> {
  if (!app.stopped) {
    request.report.step(`${app.name} runs already`);
    return;
  }
  await reload(parts, app, request, "start");
}
