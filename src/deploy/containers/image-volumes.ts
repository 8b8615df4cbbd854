import type { App } from "../../app.ts";
import type { DockerfileProject, Project } from "../../project.ts";
import { cleanUp } from "../../system/clean-up.ts";
import type { Parts } from "../parts.ts";
import { appVolume, nameInApp, volumePaths } from "../plan/app-volumes.ts";
import type { Report } from "../report.ts";

/** The project with what only its image says: the paths of VOLUME, which get volumes that outlive releases. */
export async function withVolumes(
  parts: Parts,
  app: App,
  project: DockerfileProject,
  image: string,
): Promise<DockerfileProject> {
  const { volumes } = await parts.composer.describeImage(image);
  const others =
    volumes.length > 0 && project.volumesFrom
      ? await parts.engine.volumePaths(`${app.name}_data`)
      : [];
  return { ...project, volumes: volumePaths(volumes, project, others) };
}

/**
 * Lets `work` start containers with the project's volumes. Volumes that were not there before are told of, and go again
 * where it fails: what a candidate wrote that never was well would be the beginning of the next.
 */
export async function withNewVolumes<T>(
  parts: Parts,
  app: App,
  project: Project,
  report: Report,
  work: () => Promise<T>,
): Promise<T> {
  const fresh = project.kind === "dockerfile" ? await missingVolumes(parts, app, project) : [];
  const paths = fresh.map(({ target }) => target).join(", ");
  if (fresh.length > 0) {
    report.detail(
      `${paths} ${fresh.length === 1 ? "is a VOLUME" : "are VOLUMEs"} of the image: kept from now on, through all releases (octo volumes ${app.name}). What a newer image has there is not seen.`,
    );
  }
  try {
    return await work();
  } catch (error) {
    await takeBack(parts, app, new Set(fresh.map(({ name }) => name)));
    throw error;
  }
}

/** Docker is asked only where the live release does not have them all. */
async function missingVolumes(
  { composer, store }: Parts,
  app: App,
  { volumes }: DockerfileProject,
) {
  const live = store.releases.live(app.id)?.project;
  const had = new Set(live?.kind === "dockerfile" ? live.volumes : []);
  const unknown = volumes.filter((path) => !had.has(path));
  if (unknown.length === 0) {
    return [];
  }
  const there = new Set(
    (await composer.listVolumes(app.id)).map(({ name }) => nameInApp(app.id, name)),
  );
  return unknown.map(appVolume).filter(({ name }) => !there.has(name));
}

/** Never replaces the error it is called for. */
async function takeBack(parts: Parts, app: App, fresh: ReadonlySet<string>): Promise<void> {
  if (fresh.size === 0) {
    return;
  }
  await cleanUp(parts.log.child({ app: app.id }), "remove the volumes of a candidate", async () => {
    const volumes = await parts.composer.listVolumes(app.id);
    const made = volumes.filter(({ name }) => fresh.has(nameInApp(app.id, name)));
    await Promise.all(made.map(({ name }) => parts.composer.removeVolume(name)));
  });
}
