import type { Database } from "better-sqlite3";
import type { Lease, Leases } from "../store-ports.ts";
import { rowsOf, text, textOrNull } from "./row.ts";

export function leasesIn(db: Database): Leases {
  const insert = db.prepare("INSERT INTO leases (address, holder) VALUES (?, ?)");
  const everything = db.prepare("SELECT address, holder, app FROM leases ORDER BY rowid");
  const update = db.prepare("UPDATE leases SET app = ? WHERE address = ?");
  const deletion = db.prepare("DELETE FROM leases WHERE address = ?");

  const all = (): Lease[] =>
    rowsOf(everything.all()).map((row) => ({
      address: text(row, "address"),
      holder: text(row, "holder"),
      app: textOrNull(row, "app"),
    }));

  return {
    lease(candidates, holder) {
      const taken = new Set(all().map(({ address }) => address));
      for (const address of candidates) {
        if (!taken.has(address)) {
          insert.run(address, holder);
          return address;
        }
      }
      return null;
    },
    settle(address, app) {
      update.run(app, address);
    },
    release(address) {
      deletion.run(address);
    },
    all,
  };
}
