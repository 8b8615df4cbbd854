import type { App } from "../../app.ts";
import type { Project } from "../../project.ts";
import { projectFiles } from "../../project/project-files.ts";
import { readProject } from "../../project/read-project.ts";
import { buildImage } from "../containers/build-image.ts";
import { withVolumes } from "../containers/image-volumes.ts";
import type { Parts } from "../parts.ts";
import { isCompose, type Runnable } from "../plan/shape.ts";
import { changedKeys } from "../plan/var-change.ts";
import { containerEnv } from "../plan/wishes.ts";
import { goneImages, goneImagesAre } from "../story/gone-images.ts";
import type { Story } from "../story/story.ts";
import { makeImages } from "./make-images.ts";
import { placeMounts } from "./place-mounts.ts";
import { readServices } from "./read-services.ts";

/** A project as a release without a push has it. */
export interface ProjectAgain {
  readonly project: Project;
  /** Everything it needs to run is there; images are used again, and those that are gone are made again. */
  make(story: Story): Promise<Made>;
}

/** What is run: the image of a Dockerfile, null where the project names its images itself. */
interface Made {
  readonly image: string | null;
  readonly project: Project;
}

/**
 * The project of a release with other config vars: a compose file may mean something else with those. It is read again, too,
 * for images that are gone: a restored backup has none, and the repository has all to build them from.
 */
export async function readAgain(
  parts: Parts,
  app: App,
  base: Runnable,
  vars: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ProjectAgain> {
  const gone = await goneImages(parts, base);
  const tellGone = ({ report }: Story) => {
    if (gone.ids.size > 0) {
      const what = goneImagesAre(app.name, base.version, gone);
      report.detail(`${what} no longer on this server, and made again`);
    }
  };
  const before = containerEnv(base.vars);
  const now = containerEnv(vars);
  if (!isCompose(base)) {
    if (gone.ids.size === 0) {
      const { image, project } = base;
      // One that an older Goku made does not say it.
      const make = async () => ({ image, project: await withVolumes(parts, app, project, image) });
      return { project, make };
    }
    const files = await parts.repositories.readFiles(app.repository, base.commit, projectFiles());
    // What the build is given may decide on the port.
    const project = readProject(files, app, now);
    const make = async (story: Story) => {
      tellGone(story);
      const image = await story.step("buildImage", () =>
        buildImage(parts, app, { ...app, commit: base.commit }, project, vars, story),
      );
      return { image, project: await withVolumes(parts, app, project, image) };
    };
    return { project, make };
  }
  if (gone.ids.size === 0 && changedKeys(before, now).length === 0) {
    const { project } = base;
    const make = async ({ report }: Story) => {
      if (!(await parts.trees.isPlaced(project.mounts))) {
        const tree = await checkOutAgain(parts, app, base.commit, project.submodules, signal);
        await placeMounts(parts, app, { project, tree }, report);
      }
      return { image: null, project };
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
      tellGone(story);
      const images = Object.entries(base.project.images).filter(([, id]) => !gone.ids.has(id));
      const known = Object.fromEntries(images);
      const project = await story.step("buildImage", () =>
        makeImages(parts, app, base.commit, read, known, story),
      );
      await placeMounts(parts, app, { project, tree: read.tree }, story.report);
      return { image: null, project };
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
