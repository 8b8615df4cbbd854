import { isUp } from "../../compose-ports.ts";
import { isGokuError } from "../../errors.ts";
import type { Release } from "../../release.ts";
import { allEnded } from "../../system/all-ended.ts";
import type { Parts } from "../parts.ts";
import { originOf } from "../plan/shape.ts";
import { endContainer } from "../story/end-container.ts";

/** A database of Goku's that was put back from a backup may take for unfinished what has served since. */
const longestDeployMs = 60 * 60 * 1_000;
/** What has run for longer is taken for that. */
const longestUnprovenMs = 10 * 60 * 1_000;

/**
 * Volumes that were made for a release which Goku did not live to bring live go, with the containers that have them: a
 * database that is set up by half would be the beginning of the next try. What was there before the release stays, and so
 * does all of a release that was proven, or may have served. Containers have their own time to end: they may have the data
 * of older releases as well.
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
    const volumes = await composer.volumesMadeFor(app, originOf(release));
    const holders = new Set(volumes.flatMap((volume) => volume.holders));
    if (await runForLong(parts, app, holders)) {
      log.warn(
        { app, version },
        "left the volumes of a release given up: what has them runs for long",
      );
      return true;
    }
    await allEnded([...holders].map((id) => endContainer(engine, id, null)));
    for (const { name } of volumes) {
      await composer.removeVolume(name);
    }
    return true;
  } catch (error) {
    log.error({ err: error, app, version }, "could not remove the volumes of a release given up");
    return !isGokuError(error) || error.code !== "unavailable";
  }
}

/** One of them does. */
async function runForLong(
  { composer, engine }: Parts,
  app: string,
  ids: ReadonlySet<string>,
): Promise<boolean> {
  if (ids.size === 0) {
    return false;
  }
  const [replicas, services] = await Promise.all([
    engine.listReplicas(app),
    composer.listServices(app),
  ]);
  const running = [
    ...replicas.filter((replica) => replica.running || replica.restarting),
    ...services.filter(isUp),
  ];
  const latest = Date.now() - longestUnprovenMs;
  return running.some(({ id, createdAt }) => ids.has(id) && Date.parse(createdAt) < latest);
}
