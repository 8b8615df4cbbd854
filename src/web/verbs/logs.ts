import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import { appLogs, type LogLine } from "../../deploy/verbs/logs.ts";
import { verb } from "../verb.ts";
import { appName, appOf, version } from "./inputs.ts";
import { readSince } from "./since.ts";

export const logsVerb = verb({
  name: "logs",
  right: "read",
  input: z.strictObject({
    app: appName,
    kind: z.enum(["app", "access", "build"]),
    /** Of a compose project; null for all of them. */
    service: z.string().nullable().default(null),
    /** Of a build; null for the newest. */
    version: version.nullable(),
    follow: z.boolean().default(false),
    /** `10m`, `2h` or a point in time; null for no bound. */
    since: z.string().nullable(),
    tail: z.int().min(0).nullable(),
    /** Each line as a JSON document that says where it came from. */
    json: z.boolean().default(false),
  }),
  app: appOf,
  run: async ({ parts, request, line }, input) => {
    const { kind, follow, tail, json } = input;
    const app = findApp(parts, input.app);
    const since = input.since === null ? null : readSince(input.since, new Date());
    const which = {
      ...(input.version === null ? {} : { version: input.version }),
      ...(input.service === null ? {} : { service: input.service }),
    };
    const { signal } = request;
    let lines = 0;
    for await (const said of appLogs(parts, app, { kind, ...which, follow, since, tail, signal })) {
      await line(json ? JSON.stringify(said) : textOf(said));
      lines += 1;
    }
    signal.throwIfAborted();
    return { lines };
  },
});

/** A release's containers say which release, a project's which service. */
function textOf(said: LogLine): string {
  const from = said.service ?? `v${said.version}`;
  return said.index === null ? said.line : `${from}.${said.index} | ${said.line}`;
}
