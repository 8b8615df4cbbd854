#!/usr/bin/env node
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isGokuError, usage } from "../errors.ts";
import { startGoku } from "../goku.ts";
import { environment } from "../settings/environment.ts";
import { readSettings } from "../settings/read.ts";
import { createLog } from "../system/log.ts";
import { goFirst } from "../system/priority.ts";
import { tidyHeapAtRest } from "../system/tidy-heap.ts";

const help = "Usage: goku serve [--config FILE]";

/** The command line, in the same dialect as the daemon: compiled, or through a loader. */
const octo = [
  process.execPath,
  ...process.execArgv,
  join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "octo.ts" : "octo.js"),
];

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!isGokuError(error)) {
    throw error;
  }
  const lines = [error.message, ...error.details, error.hint ?? ""].filter((line) => line !== "");
  process.stderr.write(lines.map((line) => ` !     ${line}\n`).join(""));
  process.exit(error.exitStatus);
}

async function main(argv: readonly string[]): Promise<void> {
  const configFile = readArguments(argv);
  const settings = await readSettings({ env: environment(), configFile });
  const log = createLog(settings.logLevel);
  goFirst(log);
  const goku = await startGoku(settings, octo, log);
  await writeFile(join(settings.data, "goku.pid"), `${process.pid}\n`);
  const stop = async (signal: string) => {
    log.info({ signal }, "stopping");
    await goku.close();
    process.exit(0);
  };
  process.once("SIGTERM", (signal) => void stop(signal));
  process.once("SIGINT", (signal) => void stop(signal));
  tidyHeapAtRest();
  process.stdout.write("ready\n");
}

function readArguments(argv: readonly string[]): string | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { config: { type: "string" } },
      allowPositionals: true,
    });
    if (positionals.length === 1 && positionals[0] === "serve") {
      return values.config ?? null;
    }
  } catch {
    // Whatever parseArgs has against it, the answer is the same.
  }
  throw usage("That is not how goku is started.", help);
}
