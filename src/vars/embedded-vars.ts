import { once } from "node:events";
import type { ForeignChange, Vars } from "../ports.ts";
import type { EmbeddedVarsTable } from "../store-ports.ts";
import { differenceOf } from "./difference.ts";
import { assertAppName } from "../app.ts";

/** Vars for a server without Consul. Only Goku writes them, so there is nobody else's change to watch for. */
export function embeddedVars(table: EmbeddedVarsTable): Vars {
  return {
    place: "the embedded store",
    async read(app) {
      assertAppName(app);
      return Object.fromEntries(table.read(app));
    },
    async change(app, change) {
      assertAppName(app);
      // Nothing waits between reading and writing, so nothing comes in between either.
      const { set, remove, changed } = differenceOf(table.read(app), change);
      if (changed.length > 0) {
        table.write(app, { set: Object.fromEntries(set), remove });
      }
      return { vars: Object.fromEntries(table.read(app)), changed };
    },
    async removeAll(app) {
      assertAppName(app);
      table.removeAll(app);
    },
    async apps() {
      return table.apps();
    },
    watch: (signal) => nothingUntil(signal),
  };
}

async function* nothingUntil(signal: AbortSignal): AsyncGenerator<ForeignChange> {
  if (!signal.aborted) {
    await once(signal, "abort");
  }
  yield* [];
}
