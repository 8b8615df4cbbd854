import type { App } from "../../app.ts";
import type { Tree } from "../../compose-ports.ts";
import type { ComposeProject } from "../../project.ts";
import { composeFile } from "../../project/read-project.ts";
import { type ComposeModel, readModel } from "../../project/compose/model.ts";
import {
  type BuildSecret,
  buildSecrets,
  dockerfilesOf,
  exposedByService,
  hostPaths,
  inlineFiles,
  readCompose,
  readDockerfiles,
} from "../../project/compose/read-compose.ts";
import { projectFiles, submodulesFile } from "../../project/project-files.ts";
import type { Parts } from "../parts.ts";
import { imageNamesOfOthers } from "../story/policy.ts";

/** A compose project as one commit and one set of config vars make it, and the files it comes from. */
export interface ReadServices {
  readonly project: ComposeProject;
  readonly model: ComposeModel;
  readonly tree: Tree;
  /** Files that are there until the next clean-up. */
  readonly buildSecrets: readonly BuildSecret[];
}

export interface ServicesSource {
  readonly commit: string;
  /** Contents of those of `projectFiles()` that the commit has; null where they have not been read yet. */
  readonly files: ReadonlyMap<string, string> | null;
  readonly vars: Readonly<Record<string, string>>;
}

/** Unpacks the commit, has docker compose say what its file means, and makes a project of that. @throws badProject */
export async function readServices(
  parts: Parts,
  app: App,
  { commit, files: known, vars }: ServicesSource,
  signal: AbortSignal,
): Promise<ReadServices> {
  const { composer, repositories, trees } = parts;
  const files = known ?? (await repositories.readFiles(app.repository, commit, projectFiles()));
  const file = composeFile(files);
  if (file === null) {
    throw new Error(`${commit} of ${app.id} has no compose file`);
  }
  const tree = await trees.checkOut({ app: app.id, commit }, () =>
    repositories.archive(app.repository, commit, files.has(submodulesFile), signal),
  );
  const { model: printed, warnings } = await composer.interpret(
    { app: app.id, tree, file, vars },
    signal,
  );
  const model = readModel(printed, file);
  const { mounts, others } = hostPaths(model);
  const [facts, texts] = await Promise.all([
    trees.look(tree, [...mounts, ...others], mounts),
    readTexts(parts, tree, model),
  ]);
  const dockerfiles = readDockerfiles(model, texts);
  const input = {
    model,
    warnings,
    app,
    file,
    files,
    vars,
    tree: tree.folder,
    facts,
    dockerfiles,
    exposed: exposedByService(model, dockerfiles),
    otherApps: imageNamesOfOthers(parts, app),
    sourceOf: (kind: "content" | "kept", name: string) => trees.sourceOf(app.id, kind, name),
  };
  const project = readCompose(input);
  const secrets = buildSecrets(input);
  await Promise.all(
    [...inlineFiles(input), ...secrets].map(({ hash, text }) =>
      trees.writeContent(app.id, hash, text),
    ),
  );
  return { project, model, tree, buildSecrets: secrets };
}

/** Dockerfiles by service that is built from one that can be read. */
async function readTexts(
  { trees }: Parts,
  tree: Tree,
  model: ComposeModel,
): Promise<Map<string, string>> {
  const paths = Object.entries(dockerfilesOf(model));
  const texts = new Map(
    await Promise.all(
      [...new Set(paths.map(([, path]) => path))].map(
        async (path) => [path, await trees.readText(tree, path)] as const,
      ),
    ),
  );
  return new Map(
    paths.flatMap(([service, path]) => {
      const text = texts.get(path) ?? null;
      return text === null ? [] : [[service, text]];
    }),
  );
}
