import type { Finding, TreeMount } from "../../service.ts";

/** What containers of another release of the app mount; some may still run, or write while new ones start. */
export interface EarlierMounts {
  readonly version: number;
  readonly mounts: readonly TreeMount[];
}

/**
 * Mounts of what lies in a folder that another release mounts, and the other way round. It is as with two mounts of one
 * release (`nestedFindings`): a container of the one puts a link to `/` where Docker is about to mount for the other, and
 * has the server's disk *(tried: the first time)*.
 */
export function earlierFindings(
  mounts: readonly TreeMount[],
  earlier: readonly EarlierMounts[],
): Finding[] {
  const own = keptFolders(mounts);
  const texts = earlier.flatMap((other) =>
    keptFolders(other.mounts).flatMap((theirs) =>
      own.flatMap((mine) => {
        if (isBelow(theirs, mine)) {
          return `the project mounts ${shown(mine)} from within ${shown(theirs)}, where containers of v${other.version} can put a link to anything of the server`;
        }
        return isBelow(mine, theirs)
          ? `the project mounts ${shown(mine)}, so that its containers can put a link to anything of the server where v${other.version} mounts ${shown(theirs)}`
          : [];
      }),
    ),
  );
  return [...new Set(texts)].map((text) => ({ kind: "host-mounts", text }));
}

function keptFolders(mounts: readonly TreeMount[]): string[] {
  return mounts
    .filter(({ kind, form }) => kind === "kept" && form === "folder")
    .map(({ path }) => path);
}

function isBelow(folder: string, path: string): boolean {
  return path !== folder && (folder === "" || path.startsWith(`${folder}/`));
}

function shown(path: string): string {
  return path === "" ? "the tree" : `./${path}`;
}
