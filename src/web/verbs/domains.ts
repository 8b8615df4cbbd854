import { z } from "zod";
import type { App } from "../../app.ts";
import { findApp, liveHosts } from "../../deploy/verbs/apps.ts";
import {
  changeDomains,
  readDomains,
  removeDomains,
  whyNoDomain,
} from "../../deploy/verbs/domains.ts";
import { type DomainsAnswer, releaseAnswer } from "../answers.ts";
import { verb, type VerbContext } from "../verb.ts";
import { appInput, appName, appOf } from "./inputs.ts";

const domainsInput = z.strictObject({ app: appName, domains: z.array(z.string()).min(1) });
const listed = ({ domains }: { domains: readonly string[] }) => domains.join(" ");

/** Every host that answers for the app: its own names, CNAME's and those set. Where there is none, a line says why. */
export const domainsVerb = verb({
  name: "domains",
  right: "read",
  input: appInput,
  app: appOf,
  run: async ({ parts, line }, input) => {
    const app = findApp(parts, input.app);
    const why = whyNoDomain(parts, app);
    if (why !== null) {
      await line(why);
    }
    return liveHosts(parts, app);
  },
});

/** Only the domains that were set. */
export const domainsGetVerb = verb({
  name: "domains:get",
  right: "read",
  input: appInput,
  app: appOf,
  run: async ({ parts }, input) => readDomains(parts, findApp(parts, input.app)),
});

export const domainsSetVerb = verb({
  name: "domains:set",
  right: "deploy",
  input: domainsInput,
  app: appOf,
  event: listed,
  run: async (context, { app, domains }) =>
    change(context, findApp(context.parts, app), () => domains),
});

export const domainsAddVerb = verb({
  name: "domains:add",
  right: "deploy",
  input: domainsInput,
  app: appOf,
  event: listed,
  run: async (context, { app, domains }) =>
    change(context, findApp(context.parts, app), (before) => [...before, ...domains]),
});

export const domainsRemoveVerb = verb({
  name: "domains:rm",
  right: "deploy",
  input: domainsInput,
  app: appOf,
  event: listed,
  run: async ({ parts, request }, { app: name, domains }) => {
    const app = findApp(parts, name);
    return answerOf(app, await removeDomains(parts, app, domains, request));
  },
});

async function change(
  { parts, request }: VerbContext,
  app: App,
  next: (before: readonly string[]) => readonly string[],
): Promise<DomainsAnswer> {
  return answerOf(app, await changeDomains(parts, app, next, request));
}

function answerOf(
  app: App,
  { domains, release }: Awaited<ReturnType<typeof changeDomains>>,
): DomainsAnswer {
  return { app: app.name, domains, release: release === null ? null : releaseAnswer(release) };
}
