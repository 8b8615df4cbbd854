import type { Parts } from "../parts.ts";
import { prune } from "../story/prune.ts";

/**
 * Half a checkout, an image that nobody will start: what a Goku that was killed did not come to, or was still in use. One app
 * after the other: there may be many, and nobody waits for it.
 */
export function clearUp(parts: Parts): void {
  const { background, log, queue, store } = parts;
  const idle = store.apps.uncleared().filter(({ id }) => !queue.busy(id));
  background.start("clearing up after apps", async (until) => {
    for (const app of idle) {
      until.throwIfAborted();
      try {
        await prune(parts, app, until);
      } catch (error) {
        log.warn({ err: error, app: app.id }, "could not clear up after an app");
      }
    }
  });
}
