import { timingSafeEqual } from "node:crypto";
import type { Database } from "better-sqlite3";
import { nameInUse } from "../errors.ts";
import type { Token, Tokens } from "../store-ports.ts";
import { isRights } from "./rights.ts";
import { json, type Row, rowOrNull, rowsOf, text } from "./row.ts";

export function tokensIn(db: Database): Tokens {
  const insert = db.prepare(
    "INSERT INTO tokens (name, hash, rights, created_at) VALUES (?, ?, ?, ?)",
  );
  const byName = db.prepare("SELECT * FROM tokens WHERE name = ?");
  const newestFirst = db.prepare("SELECT * FROM tokens ORDER BY rowid DESC");
  const deletion = db.prepare("DELETE FROM tokens WHERE name = ?");

  return {
    add({ name, rights }, hash) {
      if (byName.get(name) !== undefined) {
        throw nameInUse("token", name);
      }
      const createdAt = new Date().toISOString();
      insert.run(name, hash, JSON.stringify(rights), createdAt);
      return { name, rights, createdAt };
    },
    list: () => rowsOf(newestFirst.all()).map(tokenOf),
    verify(name, hash) {
      const row = rowOrNull(byName.get(name));
      return row !== null && isSame(text(row, "hash"), hash) ? tokenOf(row) : null;
    },
    remove: (name) => deletion.run(name).changes > 0,
  };
}

/** Takes as long for a hash that is wrong at its end as for one that is wrong at its beginning. */
function isSame(hash: string, other: string): boolean {
  const [a, b] = [Buffer.from(hash), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function tokenOf(row: Row): Token {
  return {
    name: text(row, "name"),
    rights: json(row, "rights", isRights),
    createdAt: text(row, "created_at"),
  };
}
