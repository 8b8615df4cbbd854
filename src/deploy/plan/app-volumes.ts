import { posix } from "node:path";
import type { AppVolume } from "../../ports.ts";
import type { DockerfileProject } from "../../project.ts";
import { hashOfText } from "../../project/compose/hash-of.ts";
import { withoutEnd } from "../../without-end.ts";

/* Which volumes an app made from a Dockerfile has. Pure. */

/** The volume that keeps what is written below a path: `var-lib-mysql-1f0c9a2b`, the same in every release. */
export function appVolume(target: string): AppVolume {
  const words = target.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  const hash = hashOfText(target).slice(0, 8);
  return { name: words === "" ? hash : `${words}-${hash}`, target };
}

/** The name of one of the app's volumes within the app: Docker has it as `blog-main_data`, perhaps with the instance before it. */
export function nameInApp(app: string, volume: string): string {
  const prefix = `${app}_`;
  const at = volume.indexOf(prefix);
  return at === -1 ? volume : volume.slice(at + prefix.length);
}

/**
 * Paths of VOLUME that nothing else is mounted at, sorted.
 * @param paths as the image has them
 * @param others where volumes of another container are mounted (`# VOLUMES_FROM`)
 */
export function volumePaths(
  paths: readonly string[],
  { mounts }: Pick<DockerfileProject, "mounts">,
  others: readonly string[],
): string[] {
  const covered = new Set([...mounts.map(({ target }) => target), ...others].map(plain));
  return [...new Set(paths.map(plain))]
    .filter((path) => posix.isAbsolute(path) && path !== "/" && !covered.has(path))
    .toSorted();
}

/** `/data/` is `/data`. */
function plain(path: string): string {
  const text = posix.normalize(path);
  return text.length > 1 ? withoutEnd(text, /\//) : text;
}
