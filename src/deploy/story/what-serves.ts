import type { App } from "../../app.ts";
import { GokuError, isGokuError } from "../../errors.ts";
import type { VarChange } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { hasHttp, isRunnable } from "../plan/shape.ts";

/**
 * Says of a failed release what it left as it was: nothing was written, the previous release serves on, where there is one.
 * @param change what the release would have changed in the store of vars; null for nothing
 */
export function withWhatServes(
  parts: Parts,
  app: App,
  error: unknown,
  change: VarChange | null = null,
): unknown {
  if (!isGokuError(error)) {
    return error;
  }
  const left = [
    ...(change === null || isEmpty(change) ? [] : ["Nothing was written."]),
    ...whatServes(parts, app),
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

function whatServes({ store }: Parts, { id }: App): string[] {
  const live = store.releases.live(id);
  const stopped = store.apps.find(id)?.stopped ?? true;
  if (live === null || stopped || store.apps.removals().has(id)) {
    return [];
  }
  return isRunnable(live) && !hasHttp(live)
    ? ["The previous release is still running."]
    : ["The previous release is still serving."];
}

function isEmpty({ set, remove }: VarChange): boolean {
  return Object.keys(set).length + remove.length === 0;
}
