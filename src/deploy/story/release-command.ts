import type { App } from "../../app.ts";
import type { Parts } from "../parts.ts";
import { appVolume } from "../plan/app-volumes.ts";
import type { DockerfileRelease } from "../plan/shape.ts";
import { containerEnv, readWishes } from "../plan/wishes.ts";
import { runProjectCommand } from "./project-command.ts";
import type { Story } from "./story.ts";

/** Runs the project's release command (`# RELEASE ...`), once, in a container of the new image. @throws buildFailed */
export async function runReleaseCommand(
  { engine, settings }: Pick<Parts, "engine" | "settings">,
  app: App,
  { project, image, vars }: Pick<DockerfileRelease, "project" | "image" | "vars">,
  story: Pick<Story, "version" | "signal" | "report">,
): Promise<void> {
  if (project.release === null) {
    return;
  }
  const spec = {
    app: app.id,
    version: story.version,
    index: 1,
    image,
    env: { CONTAINER_NAME: app.name, ...containerEnv(vars) },
    hostname: "",
    memoryLimit: readWishes(vars).memoryLimit,
    mounts: project.mounts,
    volumes: project.volumes.map(appVolume),
    published: [],
    links: project.links,
    volumesFrom: project.volumesFrom ? `${app.name}_data` : null,
    addName: false,
  };
  await runProjectCommand(project.release, settings.buildTimeoutMs, story, (argv, io, signal) =>
    engine.run(spec, argv, io, signal),
  );
}
