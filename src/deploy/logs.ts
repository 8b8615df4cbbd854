import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { App } from "../app.ts";
import { badProject, noSuchRelease } from "../errors.ts";
import type { LogOptions, Replica } from "../ports.ts";
import { hasErrno } from "../system/errno.ts";
import { merge } from "../system/merge.ts";
import { buildLogPath } from "./build-log.ts";
import type { Parts } from "./parts.ts";

export interface LogQuery extends LogOptions {
  readonly kind: "app" | "access" | "build";
  /** Which build; the newest when not given. */
  readonly version?: number;
}

/** Lines of an app's containers, its access log or one of its builds. */
export function appLogs(parts: Parts, app: App, query: LogQuery): AsyncIterable<string> {
  switch (query.kind) {
    case "access":
      return parts.router.accessLog(app.id, query);
    case "build":
      return buildLog(parts, app, query.version);
    case "app":
      return containerLogs(parts, app, query);
  }
}

async function* buildLog(parts: Parts, app: App, version?: number): AsyncIterable<string> {
  const newest = parts.store.releases.list(app.id, 1)[0]?.version;
  const wanted = version ?? newest;
  if (wanted === undefined) {
    throw noSuchRelease(app.name, null);
  }
  const path = buildLogPath(parts.settings.data, app.id, wanted);
  if (!(await exists(path))) {
    throw badProject(
      `v${wanted} of ${app.name} has no build log: it was made without a build, or is too old.`,
      `See which releases came by a push: octo releases ${app.name}`,
    );
  }
  yield* createInterface({ input: createReadStream(path), crlfDelay: Infinity });
}

/** All replicas of the live release; with `follow`, also those of releases that go live meanwhile. */
async function* containerLogs(parts: Parts, app: App, query: LogQuery): AsyncIterable<string> {
  const seen = new Set<string>();
  const followed = async (first: boolean): Promise<AsyncIterable<string>[]> => {
    const live = parts.store.releases.live(app.id)?.version;
    const replicas = await parts.engine.listReplicas(app.id);
    const fresh = replicas.filter(({ id, version }) => version === live && !seen.has(id));
    fresh.forEach(({ id }) => seen.add(id));
    const options = first ? query : { ...query, tail: null, since: null };
    return fresh.map((replica) => named(replica, parts.engine.logs(replica.id, options)));
  };
  yield* merge(await followed(true));
  while (query.follow && query.signal?.aborted === false) {
    const more = await followed(false);
    if (more.length === 0) {
      return;
    }
    yield* merge(more);
  }
}

async function* named(replica: Replica, lines: AsyncIterable<string>): AsyncIterable<string> {
  for await (const line of lines) {
    yield `v${replica.version}.${replica.index} | ${line}`;
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
