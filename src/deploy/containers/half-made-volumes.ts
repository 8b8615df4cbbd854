import { isGokuError } from "../../errors.ts";
import type { Release } from "../../release.ts";
import type { Parts } from "../parts.ts";
import { originOf } from "../plan/shape.ts";

/** A database of Goku's that was put back from a backup may take for unfinished what has served since. */
const longestDeployMs = 24 * 60 * 60 * 1_000;

/**
 * Volumes that were made for a release which Goku did not live to bring live go, with the containers that have them: a
 * database that is set up by half would be the beginning of the next try. What was there before the release stays, and so
 * does all of a release that was proven.
 * @returns false where the engine is out of reach, so that it has to be tried again
 */
export async function removeHalfMadeVolumes(parts: Parts, release: Release): Promise<boolean> {
  const { composer, engine, log, store } = parts;
  const { app, version, status } = release;
  const isOvertaken = (store.releases.live(app)?.version ?? 0) > version;
  const isOld = Date.now() - Date.parse(release.createdAt) > longestDeployMs;
  if (status !== "building" || isOvertaken || isOld) {
    return true;
  }
  try {
    for (const { name, holders } of await composer.volumesMadeFor(app, originOf(release))) {
      await Promise.all(holders.map((id) => engine.removeReplica(id)));
      await composer.removeVolume(name);
    }
    return true;
  } catch (error) {
    log.error({ err: error, app, version }, "could not remove the volumes of a release given up");
    return !isGokuError(error) || error.code !== "unavailable";
  }
}
