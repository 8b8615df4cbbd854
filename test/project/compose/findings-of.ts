import type { PathFacts } from "../../../src/compose-ports.ts";
import { readDockerfiles } from "../../../src/project/compose/dockerfiles.ts";
import { findingsOf, type FindingsContext } from "../../../src/project/compose/findings.ts";
import { readModel } from "../../../src/project/compose/model.ts";

const folder = "/trees/blog-main/1a2b";

type Context = Partial<Omit<FindingsContext, "dockerfiles">> & {
  /** Texts by service. */
  readonly dockerfiles?: Readonly<Record<string, string>>;
};

/** Of a tree in which there is what the facts say, and nothing else is known. */
export function findingsOfModel(
  model: object,
  facts: Readonly<Record<string, PathFacts>> = {},
  { dockerfiles = {}, ...context }: Context = {},
): string[] {
  const read = readModel({ name: "blog-main", ...model }, "compose.yaml");
  const full = {
    folder,
    otherApps: ["shop-main", "blog-main-fix"],
    dockerfiles: readDockerfiles(read, new Map(Object.entries(dockerfiles))),
    ...context,
  };
  return findingsOf(read, new Map(Object.entries(facts)), full).map(
    ({ kind, text }) => `${kind}: ${text}`,
  );
}

/** The findings of a file with the one service `web`. */
export function findingsOfWeb(
  web: object,
  facts: Readonly<Record<string, PathFacts>> = {},
  context: Context = {},
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
