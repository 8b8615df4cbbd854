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
    command: z.array(z.string()).min(1),
    /** Of the client, which then sends its standard input in frames; null for a client without a terminal. */
    terminal: z.strictObject({ columns: length, rows: length }).nullable().default(null),
  }),
  app: appOf,
  duplex: true,
  run: async ({ parts, request, io }, { app, command, terminal }): Promise<ExitAnswer> => {
    if (io === null) {
      throw new Error("run is a duplex verb");
    }
    const streams = terminal === null ? io : terminalIo(io, terminal);
    return {
      exitStatus: await runCommand(parts, findApp(parts, app), command, streams, request),
    };
  },
});
