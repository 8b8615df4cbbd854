import type { Database } from "better-sqlite3";
import { noSuchApp, noSuchRelease } from "../errors.ts";
import type { VarChange } from "../ports.ts";
import type { NewRelease, ReleaseChange, Releases } from "../store-ports.ts";
import type { Release, ReleaseStatus } from "../release.ts";
import { changeableColumns, releaseOf } from "./release-row.ts";
import { integer, isRow, isTextRecord, isTexts, json, rowOrNull, rowsOf } from "./row.ts";

const finalStatuses = new Set<ReleaseStatus>(["failed", "superseded", "cancelled"]);

export function releasesIn(db: Database): Releases {
  const nextVersion = db.prepare(
    "UPDATE apps SET last_version = last_version + 1 WHERE id = ? RETURNING last_version",
  );
  const insert = db.prepare(
    `INSERT INTO releases
       (app, version, status, commit_hash, door, made_by, reason,
        image, project, vars, domains, scale, created_at)
     VALUES
       (@app, @version, @status, @commit, @door, @by, @reason,
        @image, @project, @vars, @domains, @scale, @createdAt)`,
  );
  const change = db.prepare(
    `UPDATE releases
     SET status = @status, image = @image, project = @project, vars = @vars, domains = @domains,
         scale = @scale, failure = @failure, finished_at = @finished_at
     WHERE app = @app AND version = @version`,
  );
  const byVersion = db.prepare("SELECT * FROM releases WHERE app = ? AND version = ?");
  const liveOne = db.prepare("SELECT * FROM releases WHERE app = ? AND status = 'live'");
  const newestFirst = db.prepare(
    "SELECT * FROM releases WHERE app = ? ORDER BY version DESC LIMIT ?",
  );
  const unfinishedOnes = db.prepare(
    "SELECT * FROM releases WHERE status IN ('building', 'publishing') ORDER BY app, version DESC",
  );
  const retire = db.prepare(
    "UPDATE releases SET status = 'retired' WHERE app = ? AND status = 'live' AND version <> ?",
  );
  const enliven = db.prepare(
    `UPDATE releases SET status = 'live', failure = NULL, finished_at = ?
     WHERE app = ? AND version = ? AND status <> 'live'`,
  );
  const bringBack = db.prepare("UPDATE apps SET stopped = 0, removal = NULL WHERE id = ?");
  const appendStep = db.prepare(
    `UPDATE releases SET steps = json_insert(steps, '$[#]', json(?)) WHERE app = ? AND version = ?`,
  );
  const noteUndo = db.prepare("UPDATE releases SET undo = ? WHERE app = ? AND version = ?");
  const forget = db.prepare(
    `DELETE FROM releases
     WHERE app = @app AND status NOT IN ('live', 'building', 'publishing')
       AND version NOT IN (
         SELECT version FROM releases WHERE app = @app AND status IN ('live', 'retired')
         ORDER BY version DESC LIMIT @keep)
       AND version NOT IN (
         SELECT version FROM releases WHERE app = @app AND status NOT IN ('live', 'retired')
         ORDER BY version DESC LIMIT @keep)`,
  );

  const find = (app: string, version: number): Release | null => {
    const row = rowOrNull(byVersion.get(app, version));
    return row === null ? null : releaseOf(row);
  };

  const existing = (app: string, version: number): Release => {
    const release = find(app, version);
    if (release === null) {
      throw noSuchRelease(app, version);
    }
    return release;
  };

  const create = db.transaction((wanted: NewRelease): Release => {
    const counted = rowOrNull(nextVersion.get(wanted.app));
    if (counted === null) {
      throw noSuchApp(wanted.app, null);
    }
    const release: Release = {
      image: null,
      project: null,
      vars: {},
      domains: [],
      scale: 1,
      ...present(wanted),
      version: integer(counted, "last_version"),
      status: "building",
      failure: null,
      steps: [],
      createdAt: new Date().toISOString(),
      finishedAt: null,
    };
    insert.run({ ...release, ...changeableColumns(release) });
    return release;
  });

  const goLive = db.transaction((app: string, version: number): void => {
    existing(app, version);
    retire.run(app, version);
    enliven.run(new Date().toISOString(), app, version);
    bringBack.run(app);
  });

  return {
    create: (release) => create.immediate(release),
    update(app, version, changes: ReleaseChange) {
      const before = existing(app, version);
      const after = { ...before, ...present(changes) };
      const finishedAt = finalStatuses.has(after.status)
        ? (before.finishedAt ?? new Date().toISOString())
        : before.finishedAt;
      change.run(changeableColumns({ ...after, finishedAt }));
    },
    goLive: (app, version) => goLive.immediate(app, version),
    setUndo: (app, version, undo) => void noteUndo.run(JSON.stringify(undo), app, version),
    undo(app, version) {
      const row = rowOrNull(byVersion.get(app, version));
      return row === null || row["undo"] === null ? null : json(row, "undo", isVarChange);
    },
    live(app) {
      const row = rowOrNull(liveOne.get(app));
      return row === null ? null : releaseOf(row);
    },
    find,
    list: (app, limit) => rowsOf(newestFirst.all(app, limit ?? -1)).map(releaseOf),
    unfinished: () => rowsOf(unfinishedOnes.all()).map(releaseOf),
    addStep(app, version, step) {
      if (appendStep.run(JSON.stringify(step), app, version).changes === 0) {
        throw noSuchRelease(app, version);
      }
    },
    prune(app, keep) {
      forget.run({ app, keep });
    },
  };
}

function isVarChange(value: unknown): value is VarChange {
  return isRow(value) && isTextRecord(value["set"]) && isTexts(value["remove"]);
}

/** Without the properties that are undefined, so that they do not cover what is there. */
function present<T extends object>(properties: T): T {
  const copy = { ...properties };
  for (const name in copy) {
    if (copy[name] === undefined) {
      delete copy[name];
    }
  }
  return copy;
}
