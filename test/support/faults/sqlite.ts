import { createRequire } from "node:module";
import type BetterSqlite from "better-sqlite3";
import { statementLabel } from "./label.ts";
import type { Passing } from "./passing.ts";
import { replace } from "./replace.ts";

type Enter = (label: () => string) => Passing;

const tellsNothing = /^\s*(?:BEGIN|ROLLBACK|SAVEPOINT|RELEASE)/i;

/** Writes to the database; a transaction is one, at its COMMIT. `program` is a file beside which the package is found. */
export function watchSqlite(enter: Enter, program: string): void {
  const Database: typeof BetterSqlite = createRequire(program)("better-sqlite3");
  const memory = new Database(":memory:");
  const prototype: object = Object.getPrototypeOf(memory.prepare("SELECT 1"));
  memory.close();
  let within: string[] = [];
  const around: Parameters<typeof replace>[2] = (call, args, self) => {
    const statement = isStatement(self) ? self : null;
    const source = statement?.source ?? "";
    const isCommit = /^\s*COMMIT/i.test(source);
    if (statement === null || tellsNothing.test(source) || (statement.readonly && !isCommit)) {
      return call();
    }
    const label = statementLabel(source, args);
    if (statement.database.inTransaction && !isCommit) {
      within.push(label);
      return call();
    }
    const what = isCommit ? ["COMMIT", ...within].join(" ") : label;
    within = [];
    const passing = enter(() => `sqlite ${what}`);
    passing.pass("before");
    const result = call();
    passing.pass("after");
    return result;
  };
  for (const name of ["run", "get", "all"]) {
    replace(prototype, name, around);
  }
}

function isStatement(value: unknown): value is BetterSqlite.Statement {
  return typeof value === "object" && value !== null && "source" in value && "database" in value;
}
