import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import { appLogs } from "../../deploy/verbs/logs.ts";
import { verb } from "../verb.ts";
import { appName, appOf, version } from "./inputs.ts";
import { readSince } from "./since.ts";

export const logsVerb = verb({
  name: "logs",
  right: "read",
  input: z.strictObject({
    app: appName,
    kind: z.enum(["app", "access", "build"]),
    /** Of a build; null for the newest. */
    version: version.nullable(),
    follow: z.boolean().default(false),
    /** `10m`, `2h` or a point in time; null for no bound. */
    since: z.string().nullable(),
    tail: z.int().min(0).nullable(),
  }),
  app: appOf,
  run: async ({ parts, request, line }, input) => {
    const { kind, follow, tail } = input;
    const app = findApp(parts, input.app);
    const since = input.since === null ? null : readSince(input.since, new Date());
    const which = input.version === null ? {} : { version: input.version };
    const { signal } = request;
    let lines = 0;
    for await (const text of appLogs(parts, app, { kind, ...which, follow, since, tail, signal })) {
      await line(text);
      lines += 1;
    }
    return { lines };
  },
});
