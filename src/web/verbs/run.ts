import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import { runCommand } from "../../deploy/verbs/run.ts";
import type { ExitAnswer } from "../answers.ts";
import { terminalIo } from "../terminal-io.ts";
import { verb } from "../verb.ts";
import { maxTerminalLength } from "../wire.ts";
import { appName, appOf } from "./inputs.ts";

const length = z.int().min(0).max(maxTerminalLength);

export const runVerb = verb({
  name: "run",
  right: "deploy",
  input: z.strictObject({
    app: appName,
    /** Of a compose project; null for the one that serves. */
    service: z.string().nullable().default(null),
    command: z.array(z.string()).min(1),
    /** Of the client, which then sends its standard input in frames; null for a client without a terminal. */
    terminal: z.strictObject({ columns: length, rows: length }).nullable().default(null),
  }),
  app: appOf,
  duplex: true,
  run: async ({ parts, request, io }, input): Promise<ExitAnswer> => {
    if (io === null) {
      throw new Error("run is a duplex verb");
    }
    const { service, command, terminal } = input;
    const app = findApp(parts, input.app);
    const streams = terminal === null ? io : terminalIo(io, terminal);
    return { exitStatus: await runCommand(parts, app, service, command, streams, request) };
  },
});
