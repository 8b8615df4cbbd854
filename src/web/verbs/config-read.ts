import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import { containerEnv } from "../../deploy/plan/wishes.ts";
import { readVars } from "../../deploy/verbs/config.ts";
import type { Parts } from "../../deploy/parts.ts";
import { noSuchVar } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import { mayDeploy } from "../../rights.ts";
import type { AppVarsAnswer, VarAnswer } from "../answers.ts";
import { namesOf, readableApps } from "../authorize.ts";
import { verb, type VerbContext } from "../verb.ts";
import { appInput, appName, appOf } from "./inputs.ts";
import { warnOfNoRelease } from "./never-deployed.ts";

/* Values are secrets as often as not: looking at an app does not include them. */

export const configVerb = verb({
  name: "config",
  right: "deploy",
  input: appInput,
  app: appOf,
  absent: true,
  run: async (context, { app }) => {
    const vars = await varsOf(context, app);
    warnOfNoRelease(context, app);
    return vars;
  },
});

export const configGetVerb = verb({
  name: "config:get",
  right: "deploy",
  input: z.strictObject({ app: appName, key: z.string() }),
  app: appOf,
  absent: true,
  run: async (context, { app, key }): Promise<VarAnswer> => {
    const vars = new Map(Object.entries(await varsOf(context, app)));
    const value = vars.get(key);
    if (value === undefined) {
      throw noSuchVar(app, key, nearest(key, [...vars.keys()]));
    }
    return { app, key, value };
  },
});

/** What the containers get. */
export const configEnvVerb = verb({
  name: "config:env",
  right: "deploy",
  input: appInput,
  app: appOf,
  absent: true,
  run: async (context, { app }) => containerEnv(await varsOf(context, app)),
});

/** Of one app, or of all that have vars. */
export const configExportVerb = verb({
  name: "config:export",
  right: "deploy",
  input: z.strictObject({ app: appName.optional() }),
  app: ({ app }) => app ?? null,
  absent: true,
  run: async (context, { app }): Promise<AppVarsAnswer[]> => {
    if (app !== undefined) {
      return [{ app, vars: await varsOf(context, app) }];
    }
    const names = await exportable(context);
    return Promise.all(
      names.map(async (name) => ({ app: name, vars: await readVars(context.parts, name) })),
    );
  },
});

async function exportable({ parts, identity }: VerbContext): Promise<string[]> {
  const names = await parts.vars.apps();
  return names.filter((name) => mayDeploy(identity.rights, callings(parts, name))).sort();
}

function callings(parts: Parts, name: string): string[] {
  const app = parts.store.apps.find(name);
  return app === null ? [name] : namesOf(app);
}

/** Vars may be there before the app is; where neither is, the name is probably mistyped. */
async function varsOf({ parts, identity }: VerbContext, name: string) {
  const vars = await readVars(parts, name);
  if (Object.keys(vars).length === 0) {
    findApp(parts, name, readableApps(parts.store.apps, identity.rights));
  }
  return vars;
}
