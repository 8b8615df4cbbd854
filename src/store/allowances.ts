import type { Database } from "better-sqlite3";
import { noSuchApp } from "../errors.ts";
import type { Allowances } from "../store-ports.ts";
import { type FindingKind, findingKinds } from "../service.ts";
import { rowsOf, text } from "./row.ts";

export function allowancesIn(db: Database): Allowances {
  const ofApp = db.prepare("SELECT kind FROM allowances WHERE app = ?");
  const appExists = db.prepare("SELECT 1 FROM apps WHERE id = ?");
  const insert = db.prepare(
    "INSERT INTO allowances (app, kind) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  const deletion = db.prepare("DELETE FROM allowances WHERE app = ? AND kind = ?");

  const allow = db.transaction((app: string, kinds: readonly FindingKind[]): void => {
    if (appExists.get(app) === undefined) {
      throw noSuchApp(app, null);
    }
    kinds.forEach((kind) => insert.run(app, kind));
  });

  const deny = db.transaction((app: string, kinds: readonly FindingKind[]): void => {
    kinds.forEach((kind) => deletion.run(app, kind));
  });

  return {
    list(app) {
      const allowed = new Set(rowsOf(ofApp.all(app)).map((row) => text(row, "kind")));
      return findingKinds.filter((kind) => allowed.has(kind));
    },
    allow: (app, kinds) => allow.immediate(app, kinds),
    deny: (app, kinds) => deny.immediate(app, kinds),
  };
}
