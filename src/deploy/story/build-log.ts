import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import type { App } from "../../app.ts";
import { foreseen } from "../../foreseen.ts";
import { cleanUp } from "../../system/clean-up.ts";
import type { Parts } from "../parts.ts";
import type { Report } from "../report.ts";

interface BuildLog {
  write(line: string): void;
  /** @throws diskFull where a line could not be kept */
  close(): Promise<void>;
}

export function buildLogPath(data: string, app: string, version: number): string {
  return join(data, "builds", app, `v${version}.log`);
}

/**
 * Lets `work` tell its lines to the pusher as they come, and keeps them as long as the release, with why it failed.
 * @throws diskFull where a line could not be kept; what `work` throws comes first
 */
export async function withBuildLog<T>(
  { log, settings }: Pick<Parts, "log" | "settings">,
  app: App,
  { version, report }: { readonly version: number; readonly report: Report },
  work: (tell: (line: string) => void) => Promise<T>,
): Promise<T> {
  const kept = await openBuildLog(settings.data, app.id, version);
  let made: T;
  try {
    made = await work((line) => {
      kept.write(line);
      report.detail(line);
    });
  } catch (error) {
    const why = foreseen(error);
    if (why !== null) {
      kept.write(why.message);
    }
    await cleanUp(log.child({ app: app.id }), "keep the build's log", () => kept.close());
    throw error;
  }
  await kept.close();
  return made;
}

async function openBuildLog(data: string, app: string, version: number): Promise<BuildLog> {
  const path = buildLogPath(data, app, version);
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stream = createWriteStream(path, { mode: 0o600 });
  const closed = finished(stream);
  // The failure is thrown where the log is closed; until then nobody listens.
  closed.catch(() => undefined);
  return {
    write: (line) => {
      stream.write(`${line}\n`);
    },
    async close() {
      stream.end();
      try {
        await closed;
      } catch (error) {
        throw foreseen(error, folder) ?? error;
      }
    },
  };
}

/** Removes an app's build logs but those of these versions; without any, their folder as well. */
export async function removeBuildLogs(
  data: string,
  app: string,
  keep: ReadonlySet<number> = new Set(),
): Promise<void> {
  const folder = join(data, "builds", app);
  if (keep.size === 0) {
    await rm(folder, { recursive: true, force: true });
    return;
  }
  const kept = new Set([...keep].map((version) => `v${version}.log`));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = await readdir(folder);
  const old = files.filter((file) => !kept.has(file));
  await Promise.all(old.map((file) => rm(join(folder, file), { force: true })));
}
