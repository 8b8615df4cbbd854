import type { ComposeModel } from "./model.ts";

/** Says whose a name in Docker is, for the end of a sentence; null when it is the app's own. */
export type NameProblem = (name: string, key: string) => string | null;

/**
 * Volumes and networks are found by name alone, so that one that is called as somebody else's is somebody else's. Own are
 * names that begin with the project's.
 */
export function nameProblems(model: ComposeModel, otherApps: readonly string[]): NameProblem {
  const project = typeof model["name"] === "string" ? model["name"] : "";
  const isOwnProject = project !== "" && !otherApps.includes(project);
  return (name, key) => {
    if (isOwnProject && name === `${project}_${key}`) {
      return null;
    }
    const owner = ownerAmong(otherApps, name);
    const isOwn = isOwnProject && (name === project || /^[-_.]/.test(after(name, project)));
    // Of blog-main and blog-main-fix, both beginnings of a name, the longer one means it.
    if (isOwn && (owner === null || owner.length < project.length)) {
      return null;
    }
    return owner === null ? "which may be anybody's on this server" : `which is ${owner}'s`;
  };
}

/** The app whose id stands in the name, the longest of several; null for none. */
export function ownerAmong(apps: readonly string[], name: string): string | null {
  const owners = apps.filter((app) => holds(name, app));
  return owners.toSorted((one, other) => other.length - one.length)[0] ?? null;
}

/** As words of their own: neither `shop-main` in `workshop-main`, nor in `shop-mainz`. Ids are of `a-z0-9-`. */
function holds(name: string, app: string): boolean {
  return new RegExp(`(?:^|[^a-z0-9])${app}(?:$|[^a-z0-9])`).test(name);
}

function after(name: string, beginning: string): string {
  return name.startsWith(beginning) ? name.slice(beginning.length) : "";
}
