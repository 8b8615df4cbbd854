import { setInterval as every } from "node:timers/promises";
import type { App } from "../app.ts";
import { isGokuError } from "../errors.ts";
import { reloadVars } from "./config.ts";
import type { Parts, Request } from "./parts.ts";
import { reconcile, reconcileApp } from "./reconcile.ts";
import { recover } from "./recover.ts";
import { silentReport } from "./report.ts";
import { keepSmall } from "./upkeep.ts";

const sweepMs = 60_000;

/** What the last Goku left is ended, and what should run runs. Needs the engine; without it, its return starts this. */
export async function settle(parts: Parts, signal: AbortSignal): Promise<void> {
  await parts.engine.start();
  await recover(parts);
  await reconcile(parts, signal);
}

/** Keeps what runs right from now on: on the engine's events, on changes in Consul, and every minute. */
export function keepRight(parts: Parts): void {
  parts.background.start("watching the engine", (signal) => watchEngine(parts, signal));
  parts.background.start("watching config vars", (signal) => watchVars(parts, signal));
  parts.background.start("looking after all apps", (signal) => sweep(parts, signal));
  parts.background.start("keeping logs and repositories small", (signal) =>
    keepSmall(parts, signal),
  );
}

async function watchEngine(parts: Parts, signal: AbortSignal): Promise<void> {
  for await (const event of parts.engine.watch(signal)) {
    if (event.kind === "engine") {
      parts.background.start("settling after Docker came back", (until) => settle(parts, until));
      continue;
    }
    const app = parts.store.apps.find(event.app);
    if (app !== null && event.kind !== "started") {
      parts.background.start(`looking after ${app.id}`, (until) => reconcileApp(parts, app, until));
    }
  }
}

async function watchVars(parts: Parts, signal: AbortSignal): Promise<void> {
  for await (const name of parts.vars.watch(signal)) {
    const app = parts.store.apps.find(name);
    if (app !== null && !app.stopped && parts.store.releases.live(app.id) !== null) {
      const request = { by: "consul", report: silentReport, signal };
      parts.background.start(`rolling out new vars of ${app.id}`, () =>
        followVars(parts, app, request),
      );
    }
  }
}

/** Nobody waits for the answer, so a change that cannot be followed is told by the events. */
async function followVars(parts: Parts, app: App, request: Request): Promise<void> {
  try {
    await reloadVars(parts, app, request);
  } catch (error) {
    if (isGokuError(error) && (error.code === "refused" || error.code === "conflict")) {
      const detail = error.message;
      parts.store.events.add({ app: app.id, who: request.by, what: "refused", detail });
    }
    throw error;
  }
}

async function sweep(parts: Parts, signal: AbortSignal): Promise<void> {
  for await (const _ of every(sweepMs, undefined, { signal })) {
    try {
      await reconcile(parts, signal);
    } catch (error) {
      parts.log.warn({ err: error }, "could not look after all apps");
    }
  }
}
