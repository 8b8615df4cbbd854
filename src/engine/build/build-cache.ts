import { finished } from "node:stream/promises";
import type Docker from "dockerode";
import type { Log } from "../../system/log.ts";
import { cleanUp } from "../../system/clean-up.ts";
import { openStream } from "../client/stream.ts";

/** Not in the way of the deploy that has just built, and once for all that build at one time. */
const restMs = 60_000;

/**
 * Keeps what the builder remembers within `keepBytes`, the least recently used going first. Docker itself sets it no
 * bound unless its configuration does, and what images of old releases were made of stays in it when they are removed.
 */
export function createBuildCache(docker: Docker, keepBytes: number, log: Log, delayMs = restMs) {
  let timer: NodeJS.Timeout | null = null;

  async function trim(): Promise<void> {
    const query = { "keep-storage": keepBytes };
    const answer = await openStream(docker, { method: "POST", path: "/build/prune", query });
    await finished(answer.resume());
  }

  return {
    /** Something was built. */
    trimSoon(): void {
      timer ??= setTimeout(() => {
        timer = null;
        void cleanUp(log, "make the builder's cache smaller", trim);
      }, delayMs).unref();
    },
    close(): void {
      clearTimeout(timer ?? undefined);
      timer = null;
    },
  };
}
