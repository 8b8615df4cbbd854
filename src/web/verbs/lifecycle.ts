import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import { removeApp } from "../../deploy/verbs/remove.ts";
import { reload, restart } from "../../deploy/verbs/restart.ts";
import { scale } from "../../deploy/verbs/scale.ts";
import { startApp, stopApp } from "../../deploy/verbs/stop.ts";
import {
  type NameAnswer,
  releaseAnswer,
  type RemovedAnswer,
  type ScaledAnswer,
} from "../answers.ts";
import { verb } from "../verb.ts";
import { appInput, appName, appOf } from "./inputs.ts";

const containers = z.int().min(1, {
  error: "an app runs in at least 1 container; to take it off the air: octo stop APP",
});

export const scaleVerb = verb({
  name: "scale",
  right: "deploy",
  input: z.strictObject({ app: appName, count: containers }),
  app: appOf,
  event: ({ count }) => String(count),
  run: async ({ parts, request }, { app: name, count }): Promise<ScaledAnswer> => {
    const { changed, release } = await scale(parts, findApp(parts, name), count, request);
    return { ...releaseAnswer(release), scale: count, changed };
  },
});

export const restartVerb = verb({
  name: "restart",
  right: "deploy",
  input: appInput,
  app: appOf,
  event: () => "",
  run: async ({ parts, request }, input) =>
    releaseAnswer(await restart(parts, findApp(parts, input.app), request)),
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
  run: async ({ parts, request }, { app: name, force }): Promise<RemovedAnswer> => {
    const app = findApp(parts, name);
    // removeApp writes the event, since pushing a branch's deletion is the same act.
    await removeApp(parts, app, { force }, request);
    return { app: app.name, force };
  },
});
