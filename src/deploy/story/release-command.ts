import type { App } from "../../app.ts";
import { buildFailed } from "../../errors.ts";
import type { Parts } from "../parts.ts";
import { appVolume } from "../plan/app-volumes.ts";
import type { DockerfileRelease } from "../plan/shape.ts";
import { lineWriter } from "./line-writer.ts";
import type { Story } from "./story.ts";
import { containerEnv, readWishes } from "../plan/wishes.ts";

/** Runs the project's release command (`# RELEASE ...`), once, in a container of the new image. */
export async function runReleaseCommand(
  parts: Parts,
  app: App,
  { project, image, vars }: Pick<DockerfileRelease, "project" | "image" | "vars">,
  { version, signal, report }: Pick<Story, "version" | "signal" | "report">,
): Promise<void> {
  if (project.release === null) {
    return;
  }
  report.step(`Running the release command: ${project.release}`);
  const lines = lineWriter((line) => report.detail(line));
  const spec = {
    app: app.id,
    version,
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
  const io = { stdin: null, stdout: lines, stderr: lines };
  // The command is the project's own and runs in its container, so the container's shell may read it.
  const exitStatus = await parts.engine.run(spec, ["/bin/sh", "-c", project.release], io, signal);
  if (exitStatus !== 0) {
    throw buildFailed(
      `The release command ended with exit status ${exitStatus}: ${project.release}`,
      [],
      "Mend it and push again; it runs again with the next push.",
    );
  }
}
