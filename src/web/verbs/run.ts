import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import { runCommand } from "../../deploy/verbs/run.ts";
import type { ExitAnswer } from "../answers.ts";
import { verb } from "../verb.ts";
import { appName, appOf } from "./inputs.ts";

export const runVerb = verb({
  name: "run",
  right: "deploy",
  input: z.strictObject({ app: appName, command: z.array(z.string()).min(1) }),
  app: appOf,
  duplex: true,
  run: async ({ parts, request, io }, { app, command }): Promise<ExitAnswer> => {
    if (io === null) {
      throw new Error("run is a duplex verb");
    }
    return {
      exitStatus: await runCommand(parts, findApp(parts, app), command, io, request),
    };
  },
});
