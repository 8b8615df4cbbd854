import type { Database } from "better-sqlite3";
import type { OwnWrites } from "../store-ports.ts";
import { integer, rowsOf, text } from "./row.ts";

export function ownWritesIn(db: Database): OwnWrites {
  const everything = db.prepare("SELECT app, key, modify_index FROM own_writes");
  const ofApp = db.prepare("SELECT key, modify_index FROM own_writes WHERE app = ?");
  const upsert = db.prepare(
    "INSERT INTO own_writes (app, key, modify_index) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET modify_index = excluded.modify_index",
  );
  const deletion = db.prepare("DELETE FROM own_writes WHERE app = ? AND key = ?");

  const record = db.transaction((app: string, indexes: ReadonlyMap<string, number | null>) => {
    for (const [key, index] of indexes) {
      if (index === null) {
        deletion.run(app, key);
      } else {
        upsert.run(app, key, index);
      }
    }
  });

  return {
    all() {
      const byApp = new Map<string, Map<string, number>>();
      for (const row of rowsOf(everything.all())) {
        const app = text(row, "app");
        const indexes = byApp.get(app) ?? new Map<string, number>();
        byApp.set(app, indexes.set(text(row, "key"), integer(row, "modify_index")));
      }
      return byApp;
    },
    of: (app) =>
      new Map(
        rowsOf(ofApp.all(app)).map((row) => [text(row, "key"), integer(row, "modify_index")]),
      ),
    record: (app, indexes) => record(app, indexes),
  };
}
