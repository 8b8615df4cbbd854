import type { App } from "../../app.ts";
import { isUp } from "../../compose-ports.ts";
import { GokuError, isGokuError } from "../../errors.ts";
import type { VarChange } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { hasHttp, isCompose, isRunnable } from "../plan/shape.ts";
import type { Release } from "../../release.ts";
import { currentServices } from "../services/current.ts";

/**
 * Says of a failed release what it left as it was: nothing was written, the previous release serves on, where there is one.
 * @param change what the release would have changed in the store of vars; null for nothing
 */
export async function withWhatServes(
  parts: Parts,
  app: App,
  error: unknown,
  change: VarChange | null = null,
): Promise<unknown> {
  if (!isGokuError(error)) {
    return error;
  }
  const left = [
    ...(change === null || isEmpty(change) ? [] : ["Nothing was written."]),
    ...(await whatServes(parts, app)),
  ];
  if (left.length === 0) {
    return error;
  }
  const { code, message, hint, details } = error;
  return new GokuError({
    code,
    message,
    hint,
    details: [...details, left.join(" ")],
    cause: error,
  });
}

async function whatServes(parts: Parts, { id }: App): Promise<string[]> {
  const { store } = parts;
  const live = store.releases.live(id);
  const stopped = store.apps.find(id)?.stopped ?? true;
  if (live === null || stopped || store.apps.removals().has(id)) {
    return [];
  }
  const withoutHttp = isRunnable(live) && !hasHttp(live);
  if (!(await runs(parts, live, withoutHttp))) {
    return ["The previous release does not run, either."];
  }
  return withoutHttp
    ? ["The previous release is still running."]
    : ["The previous release is still serving."];
}

/** At least one of the containers that count. Docker that does not answer has not ended any. */
async function runs(parts: Parts, live: Release, withoutHttp: boolean): Promise<boolean> {
  try {
    if (withoutHttp && isCompose(live)) {
      return (await currentServices(parts, live.app)).some(isUp);
    }
    const replicas = await parts.engine.listReplicas(live.app);
    return replicas.some(({ version, running }) => running && version === live.version);
  } catch (error) {
    parts.log.warn({ err: error, app: live.app }, "could not see whether the live release runs");
    return true;
  }
}

function isEmpty({ set, remove }: VarChange): boolean {
  return Object.keys(set).length + remove.length === 0;
}
