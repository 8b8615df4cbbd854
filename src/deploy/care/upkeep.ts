import { setInterval as every } from "node:timers/promises";
import { limitOwnLog } from "../../system/own-log.ts";
import type { Parts } from "../parts.ts";

const hourMs = 60 * 60 * 1000;
const hoursADay = 24;
export const maxLogBytes = 10 * 1024 * 1024;
export const oldAccessLogs = 3;

/** Keeps logs and repositories from growing without end: logs and repositories every hour, submodules once a day. */
export async function keepSmall(parts: Parts, signal: AbortSignal): Promise<void> {
  let hours = 0;
  for await (const _ of every(hourMs, undefined, { signal })) {
    hours += 1;
    await tidy(parts, hours % hoursADay === 0, signal);
  }
}

/** One round; where a part of it fails, the others go on. */
export async function tidy(parts: Parts, isNewDay: boolean, signal: AbortSignal): Promise<void> {
  await attempt(parts, "rotate the access logs", () =>
    parts.router.rotateLogs(maxLogBytes, oldAccessLogs),
  );
  await attempt(parts, "shorten Goku's own log", async () => limitOwnLog(maxLogBytes));
  await attempt(parts, "pack repositories", () => packRepositories(parts, signal));
  if (isNewDay) {
    await attempt(parts, "forget old submodules", () => parts.repositories.pruneSubmodules());
  }
}

async function packRepositories(parts: Parts, signal: AbortSignal): Promise<void> {
  for (const repository of await parts.repositories.list()) {
    await attempt(parts, `pack the repository ${repository}`, () =>
      parts.repositories.maintain(repository, signal),
    );
  }
}

async function attempt(parts: Parts, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    parts.log.warn({ err: error }, `could not ${what}`);
  }
}
