import type { Database } from "better-sqlite3";
import { type App, appId, appName, isAppName, toLabel } from "../app.ts";
import { nameTaken, noSuchApp } from "../errors.ts";
import type { AppRemoval, Apps } from "../store-ports.ts";
import { flag, type Row, rowOrNull, rowsOf, text, textOrNull, word } from "./row.ts";

const removalWords: readonly AppRemoval[] = ["app", "all"];

const selection = `
  SELECT apps.*, repositories.default_branch
  FROM apps JOIN repositories ON repositories.name = apps.repository`;

export function appsIn(db: Database): Apps {
  const byPair = db.prepare(`${selection} WHERE repository = ? AND branch = ?`);
  const byName = db.prepare(
    `${selection} WHERE apps.id = @name OR (label = @name AND default_branch = branch)`,
  );
  const byNameOfAnother = db.prepare(
    `${selection} WHERE (apps.id = @name OR (label = @name AND default_branch = branch))
       AND NOT (repository = @repository AND branch = @branch)`,
  );
  const newestFirst = db.prepare(`${selection} ORDER BY apps.rowid DESC`);
  const branchOf = db.prepare("SELECT default_branch FROM repositories WHERE name = ?");
  const insertRepository = db.prepare(
    "INSERT INTO repositories (name, label) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  const setBranch = db.prepare("UPDATE repositories SET default_branch = ? WHERE name = ?");
  const insert = db.prepare("INSERT INTO apps (id, repository, branch) VALUES (?, ?, ?)");
  const deletion = db.prepare("DELETE FROM apps WHERE id = ?");
  const repositoryDeletion = db.prepare("DELETE FROM repositories WHERE name = ?");
  const setStopped = db.prepare("UPDATE apps SET stopped = ? WHERE id = ?");
  const setRemoval = db.prepare("UPDATE apps SET removal = ? WHERE id = ?");
  const withRemoval = db.prepare("SELECT id, removal FROM apps WHERE removal IS NOT NULL");

  const setCleared = db.prepare("UPDATE apps SET cleared_version = ? WHERE id = ?");
  const unclearedOnes = db.prepare(`${selection} WHERE last_version > cleared_version`);
  const unclearedOne = db.prepare(
    "SELECT 1 FROM apps WHERE id = ? AND last_version > cleared_version",
  );

  const findPair = (repository: string, branch: string): App | null => {
    const row = rowOrNull(byPair.get(repository, branch));
    return row === null ? null : appOf(row);
  };

  const defaultBranch = (repository: string): string | null => {
    const row = rowOrNull(branchOf.get(repository));
    return row === null ? null : textOrNull(row, "default_branch");
  };

  /** Both names the pair has are free, or its own already. */
  const claim = (repository: string, branch: string): void => {
    const names = [
      appId(repository, branch),
      appName(repository, branch, defaultBranch(repository)),
    ];
    for (const name of names) {
      const row = rowOrNull(byNameOfAnother.get({ name, repository, branch }));
      if (row !== null) {
        const owner = appOf(row);
        throw nameTaken(
          name,
          pairText(repository, branch),
          pairText(owner.repository, owner.branch),
        );
      }
      if (!isAppName(name)) {
        throw nameTaken(name, pairText(repository, branch), "Goku itself");
      }
    }
  };

  const create = db.transaction((repository: string, branch: string): App => {
    const existing = findPair(repository, branch);
    if (existing !== null) {
      return existing;
    }
    claim(repository, branch);
    const id = appId(repository, branch);
    insertRepository.run(repository, toLabel(repository));
    insert.run(id, repository, branch);
    const name = appName(repository, branch, defaultBranch(repository));
    return { id, name, repository, branch, stopped: false };
  });

  const setDefaultBranch = db.transaction((repository: string, branch: string): void => {
    insertRepository.run(repository, toLabel(repository));
    setBranch.run(branch, repository);
    if (findPair(repository, branch) !== null) {
      claim(repository, branch);
    }
  });

  const remove = db.transaction((id: string, repository: string | undefined): void => {
    deletion.run(id);
    if (repository !== undefined) {
      repositoryDeletion.run(repository);
    }
  });

  return {
    defaultBranch,
    setDefaultBranch: (repository, branch) => setDefaultBranch.immediate(repository, branch),
    find(name) {
      const row = rowOrNull(byName.get({ name }));
      return row === null ? null : appOf(row);
    },
    all: () => rowsOf(newestFirst.all()).map(appOf),
    create: (repository, branch) => create.immediate(repository, branch),
    setStopped(id, stopped) {
      if (setStopped.run(stopped ? 1 : 0, id).changes === 0) {
        throw noSuchApp(id, null);
      }
    },
    setRemoval(id, removal) {
      setRemoval.run(removal, id);
    },
    removals: () =>
      new Map(
        rowsOf(withRemoval.all()).map((row) => [
          text(row, "id"),
          word(row, "removal", removalWords),
        ]),
      ),
    setCleared: (id, version) => void setCleared.run(version, id),
    isCleared: (id) => unclearedOne.get(id) === undefined,
    uncleared: () => rowsOf(unclearedOnes.all()).map(appOf),
    remove: (id, repository) => remove.immediate(id, repository),
    removeRepository(repository) {
      repositoryDeletion.run(repository);
    },
  };
}

function appOf(row: Row): App {
  const repository = text(row, "repository");
  const branch = text(row, "branch");
  return {
    id: text(row, "id"),
    name: appName(repository, branch, textOrNull(row, "default_branch")),
    repository,
    branch,
    stopped: flag(row, "stopped"),
  };
}

function pairText(repository: string, branch: string): string {
  return `${repository} on branch ${branch}`;
}
