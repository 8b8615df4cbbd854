import type { App } from "../app.ts";
import { nothingToBuild } from "../errors.ts";
import type { DockerfileProject } from "../project.ts";
import { readDockerfile } from "./dockerfile/read-dockerfile.ts";
import type { ExposedPort } from "./dockerfile/exposed-ports.ts";
import { foreignFrontend, frontendArg } from "./dockerfile/frontend.ts";
import { readInstructions } from "./dockerfile/instructions.ts";
import { readMagicComments } from "./magic/magic-comments.ts";
import { normalised } from "./normalised.ts";
import { readDomains } from "./own-domains.ts";
import { composeNames, dockerfileName, hasSubmodules, ignoreNames } from "./project-files.ts";

type Files = ReadonlyMap<string, string>;
type Vars = Readonly<Record<string, string>>;

/** The compose file that counts; null where there is none. It wins over a Dockerfile. */
export function composeFile(files: Files): string | null {
  return composeNames.find((name) => files.has(name)) ?? null;
}

/**
 * What the Dockerfile of a tree without compose file says about how to build and run it.
 * @param files contents of those of `projectFiles()` that the tree has
 * @param vars the app's config vars: `# BUILD_ARG` may give one to an ARG that a port or a base image depends on
 * @throws nothingToBuild, badProject
 */
export function readProject(files: Files, app: App, vars: Vars = {}): DockerfileProject {
  const dockerfile = files.get(dockerfileName);
  if (dockerfile === undefined) {
    throw nothingToBuild(`${dockerfileName} and no ${composeNames[0]}`);
  }
  return readDockerfileProject(dockerfile, files, app, vars);
}

function readDockerfileProject(
  dockerfile: string,
  files: Files,
  app: App,
  vars: Vars,
): DockerfileProject {
  const text = normalised(dockerfileName, dockerfile);
  const lines = readInstructions(text);
  const { noHttpProxy, notes, ...magic } = readMagicComments(lines.comments, app);
  const buildArgs = magic.buildArgs.filter((key) => Object.hasOwn(vars, key));
  const args = Object.fromEntries(buildArgs.map((key) => [key, vars[key] ?? ""]));
  const { exposed, needsCli, triggerImages, baseImages } = readDockerfile(lines, args);
  const frontend = foreignFrontend(text, args[frontendArg]);
  const cname = readDomains(files, app);
  return {
    kind: "dockerfile",
    dockerfile: dockerfileName,
    port: noHttpProxy ? null : (exposed[0]?.port ?? null),
    exposed: exposed.map(({ port }) => port),
    baseImages,
    ...(triggerImages.length === 0 ? {} : { triggerImages }),
    ...(frontend === null ? {} : { frontend }),
    needsCli: needsCli || magic.buildSecrets.length > 0,
    ignore: ignoreNames.map((name) => files.get(name)).find((found) => found !== undefined) ?? null,
    submodules: hasSubmodules(files),
    domains: cname.domains,
    hostname: cname.hostname,
    volumes: [],
    ...magic,
    notes: [...notes, ...(noHttpProxy ? [] : portNotes(exposed)), ...cname.notes],
  };
}

function portNotes(exposed: readonly ExposedPort[]): string[] {
  const [first, ...others] = exposed;
  if (first === undefined) {
    return [
      `The ${dockerfileName} exposes no TCP port, so this runs without a host name. If it answers HTTP, say where: EXPOSE 8080`,
    ];
  }
  const several = others.length > 0 || first.text !== String(first.port);
  const all = exposed.map(({ text }) => text).join(", ");
  return several ? [`${first.port} of ${all} answers HTTP; the first EXPOSE counts.`] : [];
}
