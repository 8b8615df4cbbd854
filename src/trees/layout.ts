import { join } from "node:path";

/*
 * Below `<data>/trees`:
 *
 *   checkouts/<app>/<commit>   0700, of a user of its own; every folder above lets through and lists nothing
 *   content/<app>/<hash>       a file or a folder, of root, readable by any user of a container
 *   kept/<app>/<path>          what the app keeps, as its containers left it
 *   seeds/<app>.json           what the tree had where kept things are, when it was last looked at
 *
 * `content`, `kept` and `seeds` are 0700: what is below is reached by bind mounts, which do not ask, and by root, but by
 * no user that a checkout is read as. A single 0700 above all apps lets a kept folder itself be 0755, the top one included.
 */
export interface Layout {
  readonly top: string;
  readonly checkouts: string;
  readonly content: string;
  readonly kept: string;
  readonly seeds: string;
}

export function layoutOf(top: string): Layout {
  return {
    top,
    checkouts: join(top, "checkouts"),
    content: join(top, "content"),
    kept: join(top, "kept"),
    seeds: join(top, "seeds"),
  };
}

const appPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
const commitPattern = /^[0-9a-f]{40,64}$/;
const hashPattern = /^[a-z0-9][a-z0-9-]{0,127}$/;

/** Throws for what could lead out of the folder: such names are made by Goku, so that it would be a bug. */
export const checkoutsOf = (layout: Layout, app: string) =>
  join(layout.checkouts, safe(appPattern, app));

export const checkoutOf = (layout: Layout, app: string, commit: string) =>
  join(checkoutsOf(layout, app), safe(commitPattern, commit));

export const contentsOf = (layout: Layout, app: string) =>
  join(layout.content, safe(appPattern, app));

export const contentOf = (layout: Layout, app: string, hash: string) =>
  join(contentsOf(layout, app), safe(hashPattern, hash));

export const keptOf = (layout: Layout, app: string, path: string) =>
  join(layout.kept, ...keptParts(app, path));

export const seedsOf = (layout: Layout, app: string) =>
  join(layout.seeds, `${safe(appPattern, app)}.json`);

/** The folders that lead from `kept` to a path of the app, one by one. */
export function keptParts(app: string, path: string): string[] {
  return [safe(appPattern, app), ...partsOf(path)];
}

/** The parts of a path relative to a tree; none for the tree itself. @throws where one leads anywhere else */
export function partsOf(path: string): string[] {
  if (path === "") {
    return [];
  }
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".." || part.includes("\0"))) {
    throw new Error(`not a path inside a tree: ${JSON.stringify(path)}`);
  }
  return parts;
}

function safe(pattern: RegExp, name: string): string {
  if (!pattern.test(name)) {
    throw new Error(`not a name for a folder: ${JSON.stringify(name)}`);
  }
  return name;
}
