import type { Database } from "better-sqlite3";
import type { VarChange } from "../ports.ts";
import type { EmbeddedVarsTable } from "../store-ports.ts";
import { rowsOf, text } from "./row.ts";

export function embeddedVarsIn(db: Database): EmbeddedVarsTable {
  const ofApp = db.prepare("SELECT key, value FROM embedded_vars WHERE app = ? ORDER BY key");
  const upsert = db.prepare(
    "INSERT INTO embedded_vars (app, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const deletion = db.prepare("DELETE FROM embedded_vars WHERE app = ? AND key = ?");
  const deletionOfAll = db.prepare("DELETE FROM embedded_vars WHERE app = ?");
  const apps = db.prepare("SELECT DISTINCT app FROM embedded_vars ORDER BY app");

  const write = db.transaction((app: string, change: VarChange) => {
    for (const key of change.remove) {
      deletion.run(app, key);
    }
    for (const [key, value] of Object.entries(change.set)) {
      upsert.run(app, key, value);
    }
  });

  return {
    read: (app) =>
      new Map(rowsOf(ofApp.all(app)).map((row) => [text(row, "key"), text(row, "value")])),
    write: (app, change) => write(app, change),
    removeAll(app) {
      deletionOfAll.run(app);
    },
    apps: () => rowsOf(apps.all()).map((row) => text(row, "app")),
  };
}
