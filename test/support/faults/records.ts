import { rowsOf } from "../remains.ts";
import type { World } from "./world.ts";

/* What Goku's own database says of the app that is interrupted. */

export interface LiveRelease {
  readonly version: number;
  readonly commit: string;
  readonly scale: number;
  readonly vars: Readonly<Record<string, string>>;
}

export function liveRelease({ host, subject }: World): LiveRelease | null {
  const [row] = rowsOf<{ version: number; commit_hash: string; scale: number; vars: string }>(
    host,
    `SELECT version, commit_hash, scale, vars FROM releases
     WHERE app = '${subject.id}' AND status = 'live'`,
  );
  return row === undefined
    ? null
    : {
        version: row.version,
        commit: row.commit_hash,
        scale: row.scale,
        vars: JSON.parse(row.vars),
      };
}

/** Null where there is no such app. */
export function appRow({ host, subject }: World): { readonly stopped: number } | null {
  return (
    rowsOf<{ stopped: number }>(host, `SELECT stopped FROM apps WHERE id = '${subject.id}'`)[0] ??
    null
  );
}

/** Of the newest of these releases; empty for none. */
export function newestCommit({ host, subject }: World, condition: string): string {
  const [row] = rowsOf<{ commit_hash: string }>(
    host,
    `SELECT commit_hash FROM releases
     WHERE app = '${subject.id}' AND status IN ('live', 'retired') AND ${condition}
     ORDER BY version DESC LIMIT 1`,
  );
  return row?.commit_hash ?? "";
}
