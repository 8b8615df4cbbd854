import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { App } from "../../app.ts";
import { badProject } from "../../errors.ts";
import type { LogOptions } from "../../ports.ts";
import { hasErrno } from "../../system/errno.ts";
import { merge } from "../../system/merge.ts";
import { buildLogPath } from "../story/build-log.ts";
import { liveRelease } from "../story/release-again.ts";
import type { Parts } from "../parts.ts";
import { type AppContainer, containersOf } from "./containers.ts";
import { withService } from "./find-service.ts";

/** How soon a new release's lines follow those of the old. */
const lookEveryMs = 500;

export interface LogQuery extends LogOptions {
  readonly kind: "app" | "access" | "build";
  /** Which build; the newest there is when not given. */
  readonly version?: number;
  /** Of a compose project; all of them when not given. */
  readonly service?: string;
}

/** A line of a log, without its line break, and where it came from as far as that is known. */
export interface LogLine {
  readonly line: string;
  /** Release that wrote it, or that was built. */
  readonly version: number | null;
  /** Which of the release's containers. */
  readonly index: number | null;
  /** Service of a compose project. */
  readonly service: string | null;
}

/**
 * Lines of an app's containers, its access log or one of its builds.
 * @throws noServices, noSuchService; badProject where there is none: of an app that never went live, only what follows is awaited
 */
export function appLogs(parts: Parts, app: App, query: LogQuery): AsyncIterable<LogLine> {
  switch (query.kind) {
    case "access":
      return linesOf(parts.router.accessLog(app.id, query), {});
    case "build":
      return buildLog(parts, app, query.version);
    case "app":
      if (query.service !== undefined) {
        withService(app, liveRelease(parts, app), query.service);
      } else if (!query.follow) {
        liveRelease(parts, app);
      }
      return merge(streams(parts, app, query));
  }
}

async function* linesOf(
  texts: AsyncIterable<string>,
  { version = null, index = null, service = null }: Partial<Omit<LogLine, "line">>,
): AsyncGenerator<LogLine> {
  for await (const line of texts) {
    yield { line, version, index, service };
  }
}

async function* buildLog(parts: Parts, app: App, version?: number): AsyncGenerator<LogLine> {
  const versions =
    version === undefined
      ? parts.store.releases.list(app.id).map((release) => release.version)
      : [version];
  for (const wanted of versions) {
    const path = buildLogPath(parts.settings.data, app.id, wanted);
    if (await exists(path)) {
      const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
      yield* linesOf(lines, { version: wanted });
      return;
    }
  }
  throw badProject(
    version === undefined
      ? `${app.name} has no build log.`
      : `v${version} of ${app.name} has no build log: it was made without a build, or is too old.`,
    `See which releases came by a push: octo releases ${app.name}`,
  );
}

/**
 * Lines of all containers of the live release; with `follow`, also those of releases that go live meanwhile and of
 * containers that come or are started again, for as long as there is the app.
 */
async function* streams(
  parts: Parts,
  app: App,
  query: LogQuery,
): AsyncGenerator<AsyncIterable<LogLine>> {
  const read = new Set<string>();
  const endedAt = new Map<string, string>();
  const stream = async function* (container: AppContainer, options: LogOptions) {
    yield* linesOf(parts.engine.logs(container.id, options), container);
    endedAt.set(container.id, new Date().toISOString());
    read.delete(container.id);
  };
  const unread = async () => {
    const live = parts.store.releases.live(app.id)?.version;
    const { service } = query;
    const containers = await containersOf(parts, app);
    return containers
      .filter(({ version }) => version === null || version === live)
      .filter((container) => service === undefined || container.service === service)
      .filter(({ id }) => !read.has(id));
  };
  for (const container of await unread()) {
    read.add(container.id);
    yield stream(container, query);
  }
  // One that never ran has nothing to say, and a job may begin and end between two looks.
  const speaks = ({ id, state }: AppContainer) =>
    state === "running" || (state !== "created" && !endedAt.has(id));
  while (query.follow && (await pause(query.signal)) && isThere(parts, app)) {
    for (const container of (await unread()).filter(speaks)) {
      read.add(container.id);
      const since = endedAt.get(container.id) ?? null;
      yield stream(container, { ...query, tail: null, since });
    }
  }
}

function isThere(parts: Parts, app: App): boolean {
  return parts.store.apps.find(app.id) !== null;
}

/** False when nobody follows any more. */
async function pause(signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await delay(lookEveryMs, undefined, { signal });
    return signal !== undefined;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return false;
    }
    throw error;
  }
}
