import type { Finding } from "../../service.ts";
import { buildFolders, dockerfilePath, isRemote, type Paths } from "./findings-paths.ts";
import { isSet, listOf, recordOf, shown } from "./findings-values.ts";
import type { ComposeModel, ModelService } from "./model.ts";

/** What a build reaches beside the tree. */
export function buildFindings(
  name: string,
  service: ModelService,
  model: ComposeModel,
  paths: Paths,
): Finding[] {
  const { build } = service;
  if (build === undefined || build === null) {
    return [];
  }
  const who = `service ${name}`;
  const network = build["network"];
  return [
    ...outsideOf(build, paths).map((told) => `builds with ${shown(told)}, outside of the tree`),
    ...buildSecrets(build, model, paths).map((text) => `builds with the secret ${text}`),
    ...(!isSet(network) || network === "none" || network === "default"
      ? []
      : [`sets build.network: ${shown(network)}`]),
    // Containers have the labels of their image, and by those Goku tells whose they are.
    ...Object.keys(recordOf(build["labels"]))
      .filter((label) => /^(?:goku|com\.docker\.compose)\./i.test(label))
      .map((label) => `sets the label ${shown(label)} on its image`),
    ...["privileged", "entitlements", "ssh"]
      .filter((key) => isSet(build[key]))
      .map((key) => `sets build.${key}: ${shown(build[key])}`),
  ].map((text) => ({ kind: "build", text: `${who} ${text}` }));
}

function outsideOf(build: NonNullable<ModelService["build"]>, paths: Paths): string[] {
  const folders = buildFolders(build).flatMap((path) => paths.outside(path) ?? []);
  const { context = "." } = build;
  const dockerfile = dockerfilePath(build);
  const told = dockerfile === null ? null : paths.outside(dockerfile);
  // Where the whole context is outside, so is the Dockerfile.
  const isTold = !isRemote(context) && paths.outside(context) !== null;
  return told === null || isTold ? folders : [...folders, told];
}

/** Files of the server that the build is shown. */
function buildSecrets(
  build: Readonly<Record<string, unknown>>,
  { secrets }: ComposeModel,
  paths: Paths,
): string[] {
  return listOf(build["secrets"]).flatMap((use) => {
    const { source } = recordOf(use);
    const file = typeof source === "string" ? secrets?.[source]?.file : undefined;
    const told = file === undefined ? null : paths.outside(file);
    return told === null ? [] : [`${shown(source)}, the file ${shown(told)}`];
  });
}
