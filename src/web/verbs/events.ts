import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import { mayRead } from "../../rights.ts";
import { namesOf } from "../authorize.ts";
import { verb } from "../verb.ts";
import { appName } from "./inputs.ts";

/** As many as the store keeps. */
const most = 10_000;

/** Of one app, or of everything; newest first. */
export const eventsVerb = verb({
  name: "events",
  right: "read",
  input: z.strictObject({ app: appName.optional(), limit: z.int().min(1).max(most) }),
  app: ({ app }) => app ?? null,
  run: async ({ parts, identity }, { app, limit }) => {
    const { events } = parts.store;
    if (app !== undefined) {
      return events.list(findApp(parts, app).id, limit);
    }
    if (identity.rights.admin) {
      return events.list(null, limit);
    }
    const namesByName = new Map(
      parts.store.apps.all().flatMap((one) => namesOf(one).map((name) => [name, namesOf(one)])),
    );
    // What concerns the server is for its admins; an app that is gone is called as it was.
    return events
      .list(null, most)
      .filter(({ app: of }) => of !== null && mayRead(identity.rights, namesByName.get(of) ?? [of]))
      .slice(0, limit);
  },
});
