import { setInterval as every, setTimeout as delay } from "node:timers/promises";
import { isGokuError } from "../../errors.ts";
import { type Care, createCare } from "./care.ts";
import { clearUp } from "./clear-up.ts";
import { noteDeath } from "./note-death.ts";
import { watchVars } from "./follow-vars.ts";
import type { Parts } from "../parts.ts";
import { reconcile, reconcileCatalog } from "./reconcile.ts";
import { finishRemovals, recover } from "./recover.ts";
import { keepSmall } from "./upkeep.ts";

const sweepMs = 60_000;
/** What happened between the last look at the start and the first event that was heard. */
const firstSweepMs = 2_000;
const nginxLookMs = 1_000;
const settleAgainMs = 1_000;

/**
 * What the last Goku left is ended, and what should run runs. Needs the engine; without it, its return starts this.
 * @throws dockerUnavailable
 */
export async function settle(parts: Parts, signal: AbortSignal): Promise<void> {
  await parts.engine.start();
  try {
    await recoverAll(parts);
  } catch (error) {
    if (isGokuError(error) && error.code === "unavailable") {
      throw error;
    }
    // What cannot be written down of one app, on a full disk say, keeps no other down; each look at all apps tries again.
    parts.log.error({ err: error }, "could not end what was left");
  }
  await reconcile(parts, signal);
  clearUp(parts);
}

async function recoverAll(parts: Parts): Promise<void> {
  try {
    await recover(parts);
  } finally {
    // After it: a push that was cut off when it was live already takes the app's removal back.
    finishRemovals(parts);
  }
}

/** Keeps what runs right from now on: on the engine's events, on changes in Consul, and every minute. */
export function keepRight(parts: Parts): void {
  parts.background.start("watching the engine", (signal) => watchEngine(parts, signal));
  parts.background.start("watching config vars", (signal) => watchVars(parts, signal));
  parts.background.start("looking after all apps", (signal) => sweep(parts, signal));
  parts.background.start("looking after nginx", (signal) => watchRouter(parts, signal));
  parts.background.start("keeping logs and repositories small", (signal) =>
    keepSmall(parts, signal),
  );
}

async function watchEngine(parts: Parts, signal: AbortSignal): Promise<void> {
  const care = createCare(parts);
  let settling = new AbortController();
  for await (const event of parts.engine.watch(signal)) {
    if (event.kind === "engine") {
      settling.abort();
      settling = new AbortController();
      const { signal: replaced } = settling;
      parts.background.start("settling after Docker came back", (until) =>
        settleInTheEnd(parts, care, AbortSignal.any([until, replaced])),
      );
    } else if (event.kind !== "started") {
      if (event.kind === "died") {
        noteDeath(parts, event.app, event.replica);
      }
      care.look(event.app);
    }
  }
}

/** Docker may answer before it can do all it should. */
async function settleInTheEnd(parts: Parts, care: Care, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await settle(parts, signal);
      // What they were at may be what Docker cut off when it went.
      const atWork = parts.store.apps.all().filter(({ id }) => parts.queue.busy(id));
      atWork.forEach(({ id }) => care.look(id));
      return;
    } catch (error) {
      if (!signal.aborted) {
        parts.log.warn({ err: error }, "Docker is back, and not everything could be settled yet");
        await delay(settleAgainMs);
      }
    }
  }
}

async function sweep(parts: Parts, signal: AbortSignal): Promise<void> {
  await delay(firstSweepMs, undefined, { signal });
  await sweepOnce(parts, signal);
  for await (const _ of every(sweepMs, undefined, { signal })) {
    await sweepOnce(parts, signal);
  }
}

/** One look at everything; where a part of it fails, the others go on. */
export async function sweepOnce(parts: Parts, signal: AbortSignal): Promise<void> {
  // Whatever keeps nginx from its configuration, the apps behind it are looked after.
  const works = [
    () => parts.router.start(),
    () => parts.engine.start(),
    // What a full disk kept from being written down.
    () => recoverAll(parts),
    () => reconcile(parts, signal),
    async () => clearUp(parts),
    () => reconcileCatalog(parts),
  ];
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      parts.log.warn({ err: error }, "could not look after all apps");
    }
  }
}

/** An nginx that was killed is started again; while that fails, it is tried ever less often. */
async function watchRouter(parts: Parts, signal: AbortSignal): Promise<void> {
  let pauseMs = nginxLookMs;
  for (;;) {
    await delay(pauseMs, undefined, { signal });
    try {
      if (!(await parts.router.isRunning())) {
        parts.log.warn("nginx is gone; starting it");
        await parts.router.start();
      }
      pauseMs = nginxLookMs;
    } catch (error) {
      parts.log.error({ err: error }, "nginx is gone and cannot be started");
      pauseMs = Math.min(pauseMs * 2, sweepMs);
    }
  }
}
