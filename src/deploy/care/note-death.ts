import { crashLoop } from "../crashes.ts";
import type { Parts } from "../parts.ts";

/** Says once that a loop has begun. What ends while somebody is at work on the app, or is on its way out, ends on purpose. */
export function noteDeath(parts: Parts, app: string, container: string): void {
  const { background, crashes, queue, retiring, store } = parts;
  if (queue.busy(app) || retiring.has(container) || !crashes.note(container)) {
    return;
  }
  const name = store.apps.find(app)?.name ?? app;
  const { deaths, minutes } = crashLoop;
  const detail = `a container ended ${deaths} times within ${minutes} minutes: octo ps ${name}, octo logs ${name}`;
  background.start(`telling that ${app} does not stay up`, async () =>
    store.events.add({ app, who: "goku", what: "crashing", detail }),
  );
}

/**
 * Loops that an earlier Goku told of. Docker waits for long before a restart only where many went before, and starts to
 * count anew with a container that somebody starts.
 * @param restarting containers that Docker is about to start again
 */
export async function recallLoops(
  { crashes, engine, queue }: Pick<Parts, "crashes" | "engine" | "queue">,
  restarting: readonly { readonly id: string; readonly app: string }[],
): Promise<void> {
  const unknown = restarting.filter(({ app, id }) => !queue.busy(app) && !crashes.isLooping(id));
  await Promise.all(
    unknown.map(async ({ id }) => {
      const state = await engine.inspectReplica(id);
      if (state !== null && state.restarts >= crashLoop.deaths) {
        crashes.recall(id);
      }
    }),
  );
}
