import type { App } from "../../app.ts";
import type { Parts } from "../parts.ts";
import { type DockerfileRelease, replicaSpec } from "../plan/shape.ts";
import { runProjectCommand } from "../story/project-command.ts";
import type { Story } from "../story/story.ts";

/** Runs the project's release command (`# RELEASE ...`), once, in a container of the new image. @throws buildFailed */
export async function runReleaseCommand(
  { engine, settings }: Pick<Parts, "engine" | "settings">,
  app: App,
  candidate: Pick<DockerfileRelease, "project" | "image" | "vars">,
  story: Pick<Story, "version" | "createdAt" | "signal" | "report">,
): Promise<void> {
  const { release } = candidate.project;
  if (release === null) {
    return;
  }
  const spec = {
    ...replicaSpec(app, { ...candidate, version: story.version, createdAt: story.createdAt }, 1),
    hostname: "",
    published: [],
    addName: false,
  };
  await runProjectCommand(release, settings.buildTimeoutMs, story, (argv, io, signal) =>
    engine.run(spec, argv, io, signal),
  );
}
