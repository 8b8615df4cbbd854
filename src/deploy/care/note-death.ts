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
