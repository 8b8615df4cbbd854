import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import type { Parts } from "../../deploy/parts.ts";
import type { Event, Rights } from "../../store-ports.ts";
import { mayRead } from "../../rights.ts";
import { namesOf } from "../authorize.ts";
import { verb } from "../verb.ts";
import { appName } from "./inputs.ts";

/** Of one app, or of everything; newest first. */
export const eventsVerb = verb({
  name: "events",
  right: "read",
  input: z.strictObject({ app: appName.optional(), limit: z.int().min(1).max(10_000) }),
  app: ({ app }) => app ?? null,
  run: async ({ parts, identity }, { app, limit }) => {
    const id = app === undefined ? null : findApp(parts, app).id;
    const events = parts.store.events.list(id, limit);
    return events.filter((event) => maySee(parts, identity.rights, event));
  },
});

/** What concerns the server is for its admins. */
function maySee(parts: Parts, rights: Rights, event: Event): boolean {
  if (rights.admin) {
    return true;
  }
  if (event.app === null) {
    return false;
  }
  const app = parts.store.apps.find(event.app);
  return mayRead(rights, app === null ? [event.app] : namesOf(app));
}
