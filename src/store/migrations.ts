import { writeFileSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { storeTooNew } from "../errors.ts";

/** One per version of the database, in order; what has been released is never edited. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE repositories (
    name TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    default_branch TEXT
  ) STRICT;
  CREATE INDEX repositories_by_label ON repositories (label);

  CREATE TABLE apps (
    id TEXT PRIMARY KEY,
    repository TEXT NOT NULL REFERENCES repositories (name),
    branch TEXT NOT NULL,
    stopped INTEGER NOT NULL DEFAULT 0,
    vars_pending INTEGER NOT NULL DEFAULT 0,
    last_version INTEGER NOT NULL DEFAULT 0,
    UNIQUE (repository, branch)
  ) STRICT;

  CREATE TABLE releases (
    app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    commit_hash TEXT NOT NULL,
    door TEXT NOT NULL,
    made_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    image TEXT,
    project TEXT,
    vars TEXT NOT NULL,
    domains TEXT NOT NULL,
    scale INTEGER NOT NULL,
    failure TEXT,
    steps TEXT NOT NULL DEFAULT '[]',
    created_at TEXT NOT NULL,
    finished_at TEXT,
    PRIMARY KEY (app, version)
  ) STRICT;
  CREATE UNIQUE INDEX one_live_release ON releases (app) WHERE status = 'live';
  CREATE INDEX unfinished_releases ON releases (status) WHERE status IN ('building', 'publishing');

  CREATE TABLE keys (
    name TEXT PRIMARY KEY,
    public_key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL UNIQUE,
    rights TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE tokens (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    rights TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE leases (
    address TEXT PRIMARY KEY,
    holder TEXT NOT NULL
  ) STRICT;

  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    app TEXT,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_app ON events (app, id);

  CREATE TABLE embedded_vars (
    app TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (app, key)
  ) STRICT;

  CREATE TABLE own_writes (
    app TEXT NOT NULL,
    key TEXT NOT NULL,
    modify_index INTEGER NOT NULL,
    PRIMARY KEY (app, key)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE allowances (
    app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    PRIMARY KEY (app, kind)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  UPDATE releases SET project = json_set(project, '$.volumes', json('[]'))
  WHERE json_extract(project, '$.kind') = 'dockerfile' AND json_extract(project, '$.volumes') IS NULL;
  `,
  `
  ALTER TABLE apps ADD COLUMN removal TEXT;
  `,
  `
  ALTER TABLE leases ADD COLUMN app TEXT;
  `,
  `
  ALTER TABLE releases ADD COLUMN undo TEXT;
  `,
  `
  ALTER TABLE apps ADD COLUMN cleared_version INTEGER NOT NULL DEFAULT 0;
  UPDATE apps SET cleared_version = last_version;
  `,
];

/**
 * Brings the database to the newest version, each step in a transaction of its own. What it was is kept beside it as
 * `<file>.v<version>`, for an older Goku that has to take over again.
 * @throws storeTooNew, and then nothing was changed
 */
export function migrate(db: Database, steps: readonly string[] = migrations): void {
  const version = versionOf(db);
  if (version > steps.length) {
    throw storeTooNew(db.name, version, steps.length);
  }
  if (version > 0 && version < steps.length && !db.memory) {
    keepCopy(db, `${db.name}.v${version}`);
  }
  for (let next = version + 1; next <= steps.length; next += 1) {
    db.transaction(() => {
      db.exec(steps[next - 1] ?? "");
      db.pragma(`user_version = ${next}`);
    }).immediate();
  }
}

function keepCopy(db: Database, path: string): void {
  // SQLite writes into a file that is empty; one that it made would be readable by others.
  writeFileSync(path, "", { mode: 0o600 });
  db.prepare("VACUUM INTO ?").run(path);
}

function versionOf(db: Database): number {
  return Number(db.pragma("user_version", { simple: true }));
}
