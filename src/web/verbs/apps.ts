import { z } from "zod";
import type { Parts } from "../../deploy/parts.ts";
import { appStatus, findApp, listStatus } from "../../deploy/verbs/apps.ts";
import { type AppContainer, containersOf } from "../../deploy/verbs/containers.ts";
import type { App } from "../../app.ts";
import type { Store } from "../../ports.ts";
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
    readableApps(parts.store.apps, identity.rights).map((app) => appAnswer(parts.store, app)),
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
    return {
      ...(await appStatus(parts, app)),
      release: live === null ? null : releaseAnswer(live),
    };
  },
});

export const psVerb = verb({
  name: "ps",
  right: "read",
  input: appInput,
  app: appOf,
  run: async ({ parts }, input): Promise<ContainerAnswer[]> => {
    const containers = await containersOf(parts, findApp(parts, input.app));
    return Promise.all(containers.map((container) => withEnding(parts, container)));
  },
});

async function withEnding(parts: Parts, container: AppContainer): Promise<ContainerAnswer> {
  const ended =
    container.state === "exited" ? await parts.engine.inspectReplica(container.id) : null;
  return { ...container, exitStatus: ended?.running === false ? ended.exitCode : null };
}

function appAnswer(store: Store, app: App): AppAnswer {
  const live = store.releases.live(app.id);
  const { name, id, repository, branch, stopped } = app;
  return {
    name,
    id,
    repository,
    branch,
    stopped,
    version: live?.version ?? null,
    commit: live?.commit ?? null,
    domains: live?.domains ?? [],
    updatedAt: live?.createdAt ?? null,
  };
}
