import { crashLoop } from "../crashes.ts";
import type { Parts } from "../parts.ts";

/** What is looked through for an earlier word about a loop; one further back is said once more. */
const eventsBack = 1_000;

/** Says once that a loop has begun. What ends while somebody is at work on the app, or is on its way out, ends on purpose. */
export function noteDeath(parts: Parts, app: string, container: string): void {
  const { crashes, queue, retiring } = parts;
  if (queue.busy(app) || retiring.has(container) || !crashes.note(container)) {
    return;
  }
  const { deaths, minutes } = crashLoop;
  tell(parts, app, `a container ended ${deaths} times within ${minutes} minutes`);
}

/** A container that Docker is about to start again. */
interface Restarting {
  readonly id: string;
  readonly app: string;
  /** ISO 8601 */
  readonly createdAt: string;
}

/**
 * Loops that this Goku did not see begin: they did before it started, or while somebody was at work on the app. Docker waits
 * for long before a restart only where many went before, and starts to count anew with a container that somebody starts.
 */
export async function recallLoops(parts: Parts, restarting: readonly Restarting[]): Promise<void> {
  const { crashes, engine, queue } = parts;
  const unknown = restarting.filter(({ app, id }) => !queue.busy(app) && !crashes.isLooping(id));
  await Promise.all(
    unknown.map(async ({ id, app, createdAt }) => {
      const state = await engine.inspectReplica(id);
      if (state === null || state.restarts < crashLoop.deaths) {
        return;
      }
      if (crashes.recall(id) && !wasTold(parts, app, createdAt)) {
        tell(parts, app, `Docker has restarted a container ${state.restarts} times`);
      }
    }),
  );
}

/** Since then, by any Goku. */
function wasTold({ store }: Parts, app: string, since: string): boolean {
  const events = store.events.list(app, eventsBack);
  return events.some(({ what, at }) => what === "crashing" && at >= since);
}

function tell({ background, store }: Parts, app: string, what: string): void {
  const name = store.apps.find(app)?.name ?? app;
  const detail = `${what}: octo ps ${name}, octo logs ${name}`;
  background.start(`telling that ${app} does not stay up`, async () =>
    store.events.add({ app, who: "goku", what: "crashing", detail }),
  );
}
