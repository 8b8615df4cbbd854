import type { App } from "../../app.ts";
import type { Project } from "../../project.ts";
import { withVolumes } from "../containers/image-volumes.ts";
import type { Parts } from "../parts.ts";
import { isCompose, type Runnable } from "../plan/shape.ts";
import { changedKeys } from "../plan/var-change.ts";
import { containerEnv } from "../plan/wishes.ts";
import type { Story } from "../story/story.ts";
import { makeImages } from "./make-images.ts";
import { placeMounts } from "./place-mounts.ts";
import { readServices } from "./read-services.ts";

/** A project as a release without a push has it. */
export interface ProjectAgain {
  readonly project: Project;
  /** Everything it needs to run is there; images that are built already are used again. */
  make(story: Story): Promise<Project>;
}

/** The project of a release with other config vars: a compose file may mean something else with those. */
export async function readAgain(
  parts: Parts,
  app: App,
  base: Runnable,
  vars: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ProjectAgain> {
  if (!isCompose(base)) {
    const { image, project } = base;
    // One that an older Goku made does not say it.
    return { project, make: () => withVolumes(parts, app, project, image) };
  }
  const before = containerEnv(base.vars);
  const now = containerEnv(vars);
  if (changedKeys(before, now).length === 0) {
    const { project } = base;
    const make = async ({ report }: Story) => {
      if (!(await parts.trees.isPlaced(project.mounts))) {
        const tree = await checkOutAgain(parts, app, base.commit, project.submodules, signal);
        await placeMounts(parts, app, { project, tree }, report);
      }
      return project;
    };
    return { project, make };
  }
  const read = await readServices(
    parts,
    app,
    { commit: base.commit, files: null, vars: now },
    signal,
  );
  return {
    project: read.project,
    async make(story) {
      const { images } = base.project;
      const project = await makeImages(parts, app, base.commit, read, images, story);
      await placeMounts(parts, app, { project, tree: read.tree }, story.report);
      return project;
    },
  };
}

function checkOutAgain(
  { repositories, trees }: Parts,
  app: App,
  commit: string,
  submodules: boolean,
  signal: AbortSignal,
) {
  return trees.checkOut({ app: app.id, commit }, () =>
    repositories.archive(app.repository, commit, submodules, signal),
  );
}
