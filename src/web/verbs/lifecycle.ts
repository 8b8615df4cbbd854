import { z } from "zod";
import { writeScale } from "../../deploy/plan/scale.ts";
import { findApp } from "../../deploy/verbs/apps.ts";
import { removeApp } from "../../deploy/verbs/remove.ts";
import { removeLeftOver } from "../../deploy/verbs/remove-left-over.ts";
import { reload, restart } from "../../deploy/verbs/restart.ts";
import { scale } from "../../deploy/verbs/scale.ts";
import { startApp, stopApp } from "../../deploy/verbs/stop.ts";
import {
  type NameAnswer,
  releaseAnswer,
  type RemovedAnswer,
  type ScaledAnswer,
} from "../answers.ts";
import { readableApps } from "../authorize.ts";
import { verb } from "../verb.ts";
import { appInput, appName, appOf, record } from "./inputs.ts";

const containers = z.int().min(1, {
  error: "An app runs in at least 1 container. To take it off the air: octo stop APP",
});

export const scaleVerb = verb({
  name: "scale",
  right: "deploy",
  input: z
    .strictObject({
      app: appName,
      /** Of the Dockerfile's containers, or of the service that serves. */
      count: containers.nullable().default(null),
      /** Of services by name. */
      services: record(z.string(), containers).default({}),
    })
    .refine(
      ({ count, services }) => count !== null || Object.keys(services).length > 0,
      "The count is missing.",
    ),
  app: appOf,
  event: ({ count, services }) => writeScale({ main: count, services }),
  run: async ({ parts, request }, { app: name, count, services }): Promise<ScaledAnswer> => {
    const app = findApp(parts, name);
    const scaled = await scale(parts, app, { main: count, services }, request);
    const { changed, release } = scaled;
    return {
      ...releaseAnswer(release),
      scale: count ?? release.scale,
      services: scaled.services,
      changed,
    };
  },
});

export const restartVerb = verb({
  name: "restart",
  right: "deploy",
  input: z.strictObject({
    app: appName,
    /** Of a compose project; null for all that can have new containers beside the old. */
    service: z.string().nullable().default(null),
  }),
  app: appOf,
  event: ({ service }) => service ?? "",
  run: async ({ parts, request }, { app, service }) =>
    releaseAnswer(await restart(parts, findApp(parts, app), service, request)),
});

export const reloadVerb = verb({
  name: "reload",
  right: "deploy",
  input: appInput,
  app: appOf,
  event: () => "",
  run: async ({ parts, request }, input) =>
    releaseAnswer(await reload(parts, findApp(parts, input.app), request)),
});

export const stopVerb = verb({
  name: "stop",
  right: "deploy",
  input: appInput,
  app: appOf,
  event: () => "",
  run: async ({ parts, request }, input): Promise<NameAnswer> => {
    const app = findApp(parts, input.app);
    await stopApp(parts, app, request);
    return { name: app.name };
  },
});

export const startVerb = verb({
  name: "start",
  right: "deploy",
  input: appInput,
  app: appOf,
  event: () => "",
  run: async ({ parts, request }, input): Promise<NameAnswer> => {
    const app = findApp(parts, input.app);
    await startApp(parts, app, request);
    return { name: app.name };
  },
});

export const removeVerb = verb({
  name: "remove",
  right: "deploy",
  input: z.strictObject({ app: appName, force: z.boolean().default(false) }),
  app: appOf,
  absent: true,
  run: async ({ parts, identity, request }, { app: name, force }): Promise<RemovedAnswer> => {
    if (force && identity.rights.admin && (await removeLeftOver(parts, name, request))) {
      return { app: name, force };
    }
    const app = findApp(parts, name, readableApps(parts.store.apps, identity.rights));
    // removeApp writes the event, since pushing a branch's deletion is the same act.
    await removeApp(parts, app, { force }, request);
    return { app: app.name, force };
  },
});
