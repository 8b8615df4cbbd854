import type { PathFacts } from "../../../src/compose-ports.ts";
import { findingsOf, type FindingsContext } from "../../../src/project/compose/findings.ts";
import { readModel } from "../../../src/project/compose/model.ts";

const folder = "/trees/blog-main/1a2b";

/** Of a tree in which there is what the facts say, and nothing else is known. */
export function findingsOfModel(
  model: object,
  facts: Readonly<Record<string, PathFacts>> = {},
  context: Partial<FindingsContext> = {},
): string[] {
  const read = readModel({ name: "blog-main", ...model }, "compose.yaml");
  const full = { folder, otherApps: ["shop-main", "blog-main-fix"], ...context };
  return findingsOf(read, new Map(Object.entries(facts)), full).map(
    ({ kind, text }) => `${kind}: ${text}`,
  );
}

/** The findings of a file with the one service `web`. */
export function findingsOfWeb(
  web: object,
  facts: Readonly<Record<string, PathFacts>> = {},
  context: Partial<FindingsContext> = {},
): string[] {
  return findingsOfModel({ services: { web } }, facts, context);
}

/** An absolute path of the tree. */
export function treePath(path: string): string {
  return `${folder}/${path}`;
}

export function inside(path: string): PathFacts {
  return { where: "tree", form: "folder", path, real: treePath(path), hash: null };
}

export function missing(path: string): PathFacts {
  return { ...inside(path), where: "missing", form: null };
}

export function leadingTo(real: string): PathFacts {
  return { where: "outside", form: "other", path: null, real, hash: null };
}
