import type { Project } from "../project.ts";
import type { Release, ReleaseStatus, StepTime } from "../release.ts";
import type { Door } from "../revision.ts";
import {
  integer,
  isRow,
  isTextRecord,
  isTexts,
  json,
  type Row,
  text,
  textOrNull,
  word,
} from "./row.ts";

const statuses: readonly ReleaseStatus[] = [
  "building",
  "publishing",
  "live",
  "retired",
  "failed",
  "superseded",
  "cancelled",
];
const doors: readonly Door[] = ["push", "pull", "webhook"];

export function releaseOf(row: Row): Release {
  return {
    app: text(row, "app"),
    version: integer(row, "version"),
    status: word(row, "status", statuses),
    commit: text(row, "commit_hash"),
    door: word(row, "door", doors),
    by: text(row, "made_by"),
    reason: text(row, "reason"),
    image: textOrNull(row, "image"),
    project: row["project"] === null ? null : json(row, "project", isProject),
    vars: json(row, "vars", isTextRecord),
    domains: json(row, "domains", isTexts),
    scale: integer(row, "scale"),
    failure: textOrNull(row, "failure"),
    steps: json(row, "steps", isSteps),
    createdAt: text(row, "created_at"),
    finishedAt: textOrNull(row, "finished_at"),
  };
}

/** The columns of a release that change after it was created. */
export function changeableColumns(release: Release) {
  return {
    app: release.app,
    version: release.version,
    status: release.status,
    image: release.image,
    project: release.project === null ? null : JSON.stringify(release.project),
    vars: JSON.stringify(release.vars),
    domains: JSON.stringify(release.domains),
    scale: release.scale,
    failure: release.failure,
    finished_at: release.finishedAt,
  };
}

/** Goku wrote it itself, so its kind is enough; a migration brings up what an older Goku wrote. */
function isProject(value: unknown): value is Project {
  return isRow(value) && typeof value["kind"] === "string";
}

function isSteps(value: unknown): value is StepTime[] {
  return (
    Array.isArray(value) &&
    value.every(
      (step) => isRow(step) && typeof step["name"] === "string" && typeof step["ms"] === "number",
    )
  );
}
