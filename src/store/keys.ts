import type { Database } from "better-sqlite3";
import { keyKnown, nameInUse } from "../errors.ts";
import type { Key, Keys } from "../store-ports.ts";
import { isRights } from "./rights.ts";
import { json, type Row, rowOrNull, rowsOf, text } from "./row.ts";

export function keysIn(db: Database): Keys {
  const insert = db.prepare(
    "INSERT INTO keys (name, public_key, fingerprint, rights, created_at) VALUES (?, ?, ?, ?, ?)",
  );
  const byName = db.prepare("SELECT * FROM keys WHERE name = ?");
  const byKey = db.prepare("SELECT * FROM keys WHERE fingerprint = ? OR public_key = ?");
  const newestFirst = db.prepare("SELECT * FROM keys ORDER BY rowid DESC");
  const deletion = db.prepare("DELETE FROM keys WHERE name = ?");

  return {
    add({ name, publicKey, fingerprint, rights }) {
      const same = rowOrNull(byKey.get(fingerprint, publicKey));
      if (same !== null) {
        throw keyKnown(fingerprint, text(same, "name"));
      }
      if (byName.get(name) !== undefined) {
        throw nameInUse("key", name);
      }
      const createdAt = new Date().toISOString();
      insert.run(name, publicKey, fingerprint, JSON.stringify(rights), createdAt);
      return { name, publicKey, fingerprint, rights, createdAt };
    },
    list: () => rowsOf(newestFirst.all()).map(keyOf),
    find(name) {
      const row = rowOrNull(byName.get(name));
      return row === null ? null : keyOf(row);
    },
    remove: (name) => deletion.run(name).changes > 0,
  };
}

function keyOf(row: Row): Key {
  return {
    name: text(row, "name"),
    publicKey: text(row, "public_key"),
    fingerprint: text(row, "fingerprint"),
    rights: json(row, "rights", isRights),
    createdAt: text(row, "created_at"),
  };
}
