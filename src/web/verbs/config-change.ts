import { z } from "zod";
import type { Parts } from "../../deploy/parts.ts";
import { setVars } from "../../deploy/verbs/config.ts";
import type { VarChange } from "../../ports.ts";
import { adminVars, isVarKey } from "../../var.ts";
import { type ConfigChangedAnswer, releaseAnswer } from "../answers.ts";
import { verb, type VerbContext } from "../verb.ts";
import { appName, appOf, record } from "./inputs.ts";
import { warnOfNoApp } from "./never-deployed.ts";

const key = z.string().refine(isVarKey, {
  error: (issue) =>
    `"${String(issue.input).slice(0, 80)}" is no name of a config var; use letters, digits and _, and begin with no digit.`,
});

/** Some vars name files of the server. */
function forAdmins(what: "set" | "remove", keys: readonly string[]): string | null {
  const theirs = keys.filter((name) => adminVars.has(name));
  return theirs.length === 0 ? null : `${what} ${theirs.join(" and ")}`;
}

export const configSetVerb = verb({
  name: "config:set",
  right: "deploy",
  forAdmins: ({ vars }) => forAdmins("set", Object.keys(vars)),
  input: z.strictObject({
    app: appName,
    vars: record(key, z.string()).refine(
      (vars) => Object.keys(vars).length > 0,
      "There are no vars to set.",
    ),
    restart: z.boolean().default(true),
  }),
  app: appOf,
  absent: true,
  event: ({ vars }) => Object.keys(vars).join(" "),
  run: async (context, { app, vars, restart }) => {
    const answer = await change(context, app, { set: vars, remove: [] }, restart);
    const names = Object.keys(vars).map((name) => `${app}/${name}`);
    warnOfNoApp(context, app, `octo config:rm ${names.join(" ")}`);
    return answer;
  },
});

export const configRemoveVerb = verb({
  name: "config:rm",
  right: "deploy",
  forAdmins: ({ keys }) => forAdmins("remove", keys),
  input: z.strictObject({
    app: appName,
    keys: z.array(key).min(1),
    restart: z.boolean().default(true),
  }),
  app: appOf,
  absent: true,
  event: ({ keys }) => keys.join(" "),
  run: async (context, { app, keys, restart }) =>
    change(context, app, { set: {}, remove: keys }, restart),
});

async function change(
  { parts, request }: VerbContext,
  app: string,
  wanted: VarChange,
  restart: boolean,
): Promise<ConfigChangedAnswer> {
  const { changed, release } = await setVars(parts, app, wanted, { restart }, request);
  return {
    app,
    changed,
    release: release === null ? null : releaseAnswer(release),
    ...standing(parts, app),
  };
}

function standing({ store }: Parts, name: string): Pick<ConfigChangedAnswer, "exists" | "state"> {
  const app = store.apps.find(name);
  if (app === null || store.releases.live(app.id) === null) {
    return { exists: app !== null, state: "none" };
  }
  return { exists: true, state: app.stopped ? "stopped" : "live" };
}
