import { chmodSync, closeSync, openSync } from "node:fs";
import BetterSqlite, { type Database } from "better-sqlite3";
import { isGokuError, sqliteDoesNotLoad, storeUnusable } from "../errors.ts";
import type { Store } from "../store-ports.ts";
import { hasErrno } from "../system/errno.ts";
import { allowancesIn } from "./allowances.ts";
import { appsIn } from "./apps.ts";
import { embeddedVarsIn } from "./embedded-vars.ts";
import { eventsIn } from "./events.ts";
import { keysIn } from "./keys.ts";
import { leasesIn } from "./leases.ts";
import { migrate } from "./migrations.ts";
import { ownWritesIn } from "./own-writes.ts";
import { releasesIn } from "./releases.ts";
import { tokensIn } from "./tokens.ts";
import { type Datasync, walSync } from "./wal-sync.ts";

/** How long a statement waits for another process (`sqlite3` on the command line) to let go of the file. */
const busyTimeoutMs = 2_000;

/**
 * Opens the database, created with mode 0600 where there is none, and brings it to this program's version.
 * What was committed outlives a killed process; a power cut may take what came after the last `sync`, never the whole.
 * @throws storeTooNew, storeUnusable, sqliteDoesNotLoad
 */
export function openStore(path: string, datasync: Datasync = (file) => file.datasync()): Store {
  const db = openDatabase(path);
  return {
    apps: appsIn(db),
    releases: releasesIn(db),
    keys: keysIn(db),
    tokens: tokensIn(db),
    leases: leasesIn(db),
    events: eventsIn(db),
    embeddedVars: embeddedVarsIn(db),
    ownWrites: ownWritesIn(db),
    allowances: allowancesIn(db),
    sync: walSync(`${path}-wal`, datasync),
    close() {
      db.close();
    },
  };
}

function openDatabase(path: string): Database {
  let db: Database | null = null;
  try {
    createPrivately(path);
    db = new BetterSqlite(path, { timeout: busyTimeoutMs });
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma("foreign_keys = ON");
    migrate(db);
    return db;
  } catch (error) {
    db?.close();
    if (hasErrno(error, "ERR_DLOPEN_FAILED")) {
      throw sqliteDoesNotLoad(process.versions.node, error);
    }
    throw isGokuError(error) ? error : storeUnusable(path, error);
  }
}

/** SQLite gives its -wal and -shm files the mode of the database, so the database has the right one first. */
function createPrivately(path: string): void {
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}
