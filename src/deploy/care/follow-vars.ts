import { setTimeout as delay } from "node:timers/promises";
import type { App } from "../../app.ts";
import { isGokuError } from "../../errors.ts";
import type { ForeignChange } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { silentReport } from "../report.ts";
import { reloadVars } from "../verbs/config.ts";

const pauseMs = { first: 500, longest: 60_000 };

/** Follows the vars that others change; of an app whose vars wait for something, the newest change stands for all. */
export async function watchVars(parts: Parts, signal: AbortSignal): Promise<void> {
  const newest = new Map<string, AbortController>();
  for await (const change of parts.vars.watch(signal)) {
    const app = parts.store.apps.find(change.app);
    if (app === null) {
      // Where it cannot be noted it is told to the next Goku once more, and the watch goes on.
      parts.background.start(`noting vars of ${change.app}, which is no app`, async () =>
        change.followed(),
      );
    } else {
      newest.get(app.id)?.abort();
      const replaced = new AbortController();
      newest.set(app.id, replaced);
      parts.background.start(`rolling out new vars of ${app.id}`, (until) =>
        followVars(parts, app, change, { until, replaced: replaced.signal }),
      );
    }
  }
}

interface Ends {
  readonly until: AbortSignal;
  /** Aborted when a newer change takes the place of this one. */
  readonly replaced: AbortSignal;
}

/**
 * Rolls out what somebody changed in Consul, which is told once: where Docker or Consul is away meanwhile, as soon as both
 * are back; where Goku ends meanwhile, the next one does. Nobody waits for the answer, so a change that cannot be followed
 * is told by the events.
 */
async function followVars(
  parts: Parts,
  app: App,
  change: ForeignChange,
  { until, replaced }: Ends,
): Promise<void> {
  const by = "consul";
  const request = { by, byAdmin: true, report: silentReport, signal: until };
  for (let ms = pauseMs.first; !replaced.aborted; ms = Math.min(2 * ms, pauseMs.longest)) {
    if (await areThere(parts, app)) {
      try {
        await reloadVars(parts, app, request);
        change.followed();
        return;
      } catch (error) {
        // Each try is a release: with all there, the next would end like this one. Who cancels it wants no other.
        if (isCancelled(error) || (await areThere(parts, app))) {
          tellRefusal(parts, app, by, error);
          if (!isCancelled(error) || !parts.queue.closed()) {
            change.followed();
          }
          throw error;
        }
      }
    }
    await delay(ms, undefined, { signal: until });
  }
}

/** Docker and the vars; asked before anything is made that would have to be taken away again. */
async function areThere({ engine, log, vars }: Parts, app: App): Promise<boolean> {
  try {
    await Promise.all([engine.ping(), vars.read(app.name)]);
    return true;
  } catch (error) {
    log.warn({ err: error, app: app.id }, "new vars have to wait");
    return false;
  }
}

/** By somebody, or by a Goku that stops. */
function isCancelled(error: unknown): boolean {
  return isGokuError(error) && error.code === "cancelled";
}

function tellRefusal({ store }: Parts, app: App, who: string, error: unknown): void {
  if (isGokuError(error) && (error.code === "refused" || error.code === "conflict")) {
    store.events.add({ app: app.id, who, what: "refused", detail: error.message });
  }
}
