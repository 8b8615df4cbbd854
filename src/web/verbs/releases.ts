import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import { cancelDeploy } from "../../deploy/verbs/cancel.ts";
import { rollback } from "../../deploy/verbs/rollback.ts";
import { nothingToCancel } from "../../errors.ts";
import { type NameAnswer, releaseAnswer } from "../answers.ts";
import { verb } from "../verb.ts";
import { appInput, appName, appOf, version } from "./inputs.ts";

export const releasesVerb = verb({
  name: "releases",
  right: "read",
  input: appInput,
  app: appOf,
  run: async ({ parts }, input) =>
    parts.store.releases.list(findApp(parts, input.app).id).map(releaseAnswer),
});

export const rollbackVerb = verb({
  name: "rollback",
  right: "deploy",
  input: z.strictObject({ app: appName, version: version.nullable().default(null) }),
  app: appOf,
  event: (input) => (input.version === null ? "to the one before" : `to v${input.version}`),
  run: async ({ parts, request }, input) =>
    releaseAnswer(await rollback(parts, findApp(parts, input.app), input.version, request)),
});

export const cancelVerb = verb({
  name: "deploys:cancel",
  right: "deploy",
  input: appInput,
  app: appOf,
  event: () => "",
  run: async ({ parts, request }, input): Promise<NameAnswer> => {
    const app = findApp(parts, input.app);
    if (!cancelDeploy(parts, app, request)) {
      throw nothingToCancel(app.name);
    }
    return { name: app.name };
  },
});
