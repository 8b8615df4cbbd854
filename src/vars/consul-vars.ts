import { type ConsulAddress, shownAddress } from "../consul/connection.ts";
import type { Vars } from "../ports.ts";
import type { OwnWrites } from "../store-ports.ts";
import type { Log } from "../system/log.ts";
import { createTurns } from "../system/turns.ts";
import { changeInConsul } from "./consul-change.ts";
import { consulKv, maxOperations } from "./consul-kv.ts";
import {
  childrenOf,
  type KvEntry,
  indexesByApp,
  readableValue,
  whyUnreadable,
} from "./consul-tree.ts";
import { foreignChanges } from "./consul-watch.ts";
import { assertAppName } from "../app.ts";

export interface ConsulVarsOptions extends ConsulAddress {
  /** Folder of all apps in Consul: `goku`, or `octohost` for the vars of an existing octohost. */
  readonly prefix: string;
  readonly ownWrites: OwnWrites;
  readonly log: Log;
}

/**
 * Vars in Consul's KV store at `<prefix>/<app>/<KEY>`. What others put there and no process could be
 * started with is left out, with a warning once.
 * @throws consulUnavailable, consulRefused from every method but `watch`
 */
export function consulVars({ address, token, prefix, ownWrites, log }: ConsulVarsOptions): Vars {
  const kv = consulKv({ address, token });
  const inTurn = createTurns();
  const root = `${prefix.replaceAll(/^\/+|\/+$/g, "")}/`;
  const warned = new Set<string>();

  const folderOf = (app: string): string => {
    assertAppName(app);
    return `${root}${app}/`;
  };

  const varsOf = (entries: ReadonlyMap<string, KvEntry>): Record<string, string> => {
    const vars: [string, string][] = [];
    for (const [key, entry] of entries) {
      const value = readableValue(key, entry);
      if (value !== null) {
        vars.push([key, value]);
      } else if (!warned.has(entry.path)) {
        warned.add(entry.path);
        log.warn(
          { key: entry.path },
          `A key in Consul is left out: it ${whyUnreadable(key, entry)}.`,
        );
      }
    }
    return Object.fromEntries(vars);
  };

  return {
    place: `Consul at ${shownAddress(address)}`,

    async read(app) {
      const folder = folderOf(app);
      return varsOf(childrenOf(folder, await kv.readTree(folder)));
    },

    async change(app, change) {
      const folder = folderOf(app);
      const { entries, changed } = await inTurn(app, () =>
        changeInConsul(kv, ownWrites, { app, folder }, change),
      );
      return { vars: varsOf(entries), changed };
    },

    async removeAll(app) {
      const folder = folderOf(app);
      await inTurn(app, async () => {
        const children = [...childrenOf(folder, await kv.readTree(folder)).values()];
        for (let at = 0; at < children.length; at += maxOperations) {
          const some = children.slice(at, at + maxOperations);
          await kv.transact(some.map(({ path }) => ({ verb: "delete", path })));
        }
        const known = [...ownWrites.of(app).keys()];
        ownWrites.record(app, new Map(known.map((key) => [key, null])));
      });
    },

    async apps() {
      return [...indexesByApp(root, await kv.readTree(root)).keys()].sort();
    },

    watch: (signal) => foreignChanges({ kv, root, ownWrites, inTurn, log }, signal),
  };
}
