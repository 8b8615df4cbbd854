import type Docker from "dockerode";
import type { Log } from "../../system/log.ts";
import { answered, tolerate } from "../client/docker.ts";
import { label } from "../labels.ts";
import type { Names } from "../names.ts";

/** An image as Docker's list has it. */
export interface ListedImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
}

/**
 * The names to take from an app's images that are not kept. An image is gone with its last name, so one that
 * somebody gave a name of his own stays.
 */
export function namesToRemove(
  images: readonly ListedImage[],
  repository: string,
  keep: readonly string[],
): string[] {
  return images
    .filter(({ Id }) => !keep.includes(Id))
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((name) => name.startsWith(`${repository}:`) || name.startsWith(`${repository}/`))
    .filter((name) => !keep.includes(name));
}

/**
 * Removes the app's images that are not in `keep`.
 * @returns false where a container still uses one, which is left for the next time
 */
export async function pruneImages(
  docker: Docker,
  names: Names,
  app: string,
  keep: readonly string[],
  log: Log,
): Promise<boolean> {
  const images = await docker.listImages({
    filters: { label: [`${label.instance}=${names.instance}`, `${label.app}=${app}`] },
  });
  let isAllGone = true;
  for (const name of namesToRemove(images, names.repository(app), keep)) {
    try {
      await tolerate(docker.getImage(name).remove(), 404);
    } catch (error) {
      if (!answered(error, 409)) {
        throw error;
      }
      log.debug({ image: name }, "an image is still in use and stays");
      isAllGone = false;
    }
  }
  return isAllGone;
}
