import { z } from "zod";
import type { Parts } from "../../deploy/parts.ts";
import { appStatus, findApp, listStatus, liveHosts } from "../../deploy/verbs/apps.ts";
import { type AppContainer, containersOf } from "../../deploy/verbs/containers.ts";
import type { App } from "../../app.ts";
import { mayRead } from "../../rights.ts";
import type { AppAnswer, ContainerAnswer, InfoAnswer } from "../answers.ts";
import { releaseAnswer } from "../answers.ts";
import { namesOf, readableApps } from "../authorize.ts";
import { verb } from "../verb.ts";
import { appInput, appName, appOf, noInput } from "./inputs.ts";

export const appsVerb = verb({
  name: "apps",
  right: "anyone",
  input: noInput,
  run: async ({ parts, identity }) =>
    readableApps(parts.store.apps, identity.rights).map((app) => appAnswer(parts, app)),
});

/** Of one app, or a list of all of them. */
export const statusVerb = verb({
  name: "status",
  right: "read",
  input: z.strictObject({ app: appName.optional() }),
  app: ({ app }) => app ?? null,
  run: async ({ parts, identity }, { app }) => {
    if (app !== undefined) {
      return appStatus(parts, findApp(parts, app));
    }
    const all = await listStatus(parts);
    return all.filter((status) => mayRead(identity.rights, namesOf(status)));
  },
});

export const infoVerb = verb({
  name: "info",
  right: "read",
  input: appInput,
  app: appOf,
  run: async ({ parts }, input): Promise<InfoAnswer> => {
    const app = findApp(parts, input.app);
    const live = parts.store.releases.live(app.id);
    const status = await appStatus(parts, app);
    // The record has the host names of its time.
    const release = live === null ? null : { ...releaseAnswer(live), domains: status.domains };
    return { ...status, release };
  },
});

export const psVerb = verb({
  name: "ps",
  right: "read",
  input: appInput,
  app: appOf,
  run: async ({ parts }, input): Promise<ContainerAnswer[]> => {
    const containers = await containersOf(parts, findApp(parts, input.app));
    return Promise.all(containers.map((container) => withPast(parts, container)));
  },
});

async function withPast(parts: Parts, container: AppContainer): Promise<ContainerAnswer> {
  const { id, state } = container;
  const hasEnded = state === "exited" || state === "done";
  const found = await parts.engine.inspectReplica(id);
  const exitStatus = hasEnded && found?.running === false ? found.exitCode : null;
  return {
    ...container,
    state: hasEnded ? "exited" : state,
    running: state === "running",
    exitStatus,
    restarts: found?.restarts ?? 0,
  };
}

function appAnswer(parts: Parts, app: App): AppAnswer {
  const live = parts.store.releases.live(app.id);
  const { name, id, repository, branch, stopped } = app;
  return {
    name,
    id,
    repository,
    branch,
    stopped,
    version: live?.version ?? null,
    commit: live?.commit ?? null,
    domains: liveHosts(parts, app),
    updatedAt: live?.createdAt ?? null,
  };
}
