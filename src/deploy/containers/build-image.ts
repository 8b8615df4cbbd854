import type { App } from "../../app.ts";
import { badProject } from "../../errors.ts";
import type { DockerfileProject } from "../../project.ts";
import { type Revision, shortCommit } from "../../revision.ts";
import { withBuildLog } from "../story/build-log.ts";
import type { Parts } from "../parts.ts";
import type { Story } from "../story/story.ts";

/** Builds the commit's image; its log goes to whoever asks as it comes and is kept with the release. */
export async function buildImage(
  parts: Parts,
  app: App,
  { repository, commit }: Pick<Revision, "repository" | "commit">,
  project: DockerfileProject,
  vars: Readonly<Record<string, string>>,
  { version, signal, report }: Pick<Story, "version" | "signal" | "report">,
): Promise<string> {
  const { engine, repositories, settings } = parts;
  report.step(`Building ${app.id} v${version} from ${shortCommit(commit)}`);
  return withBuildLog(parts, app, { version, report }, async (tell) => {
    const build = {
      app: app.id,
      version,
      tree: () => repositories.archive(repository, commit, project.submodules, signal),
      dockerfile: project.dockerfile,
      ignore: project.ignore,
      baseImages: project.baseImages,
      needsCli: project.needsCli,
      args: pick(vars, project.buildArgs, "BUILD_ARG", app),
      secrets: pick(vars, project.buildSecrets, "BUILD_SECRET", app),
    };
    const image = await engine.buildImage(build, tell, signal);
    if (settings.registry !== null) {
      report.step(`Pushing ${app.id}:v${version} to ${settings.registry}`);
      await engine.pushImage(image, `${app.id}:v${version}`, tell, signal);
    }
    return image;
  });
}

/** @throws badProject naming the first key that has no value */
function pick(
  vars: Readonly<Record<string, string>>,
  keys: readonly string[],
  comment: string,
  app: App,
): Record<string, string> {
  return Object.fromEntries(
    keys.map((key) => {
      const value = vars[key];
      if (value === undefined) {
        throw badProject(
          `The Dockerfile asks for the config var ${key} (# ${comment} ${key}), which is not set.`,
          `Set it and push again: octo config:set ${app.name}/${key} VALUE`,
        );
      }
      return [key, value];
    }),
  );
}
