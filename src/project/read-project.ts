import type { App } from "../app.ts";
import { badProject, nothingToBuild } from "../errors.ts";
import type { DockerfileProject, Project } from "../project.ts";
import { type Cname, readCname } from "./cname.ts";
import { readDockerfile } from "./dockerfile/read-dockerfile.ts";
import type { ExposedPort } from "./dockerfile/exposed-ports.ts";
import { readInstructions } from "./dockerfile/instructions.ts";
import { readMagicComments } from "./magic/magic-comments.ts";
import {
  cnameFile,
  composeNames,
  dockerfileName,
  ignoreNames,
  submodulesFile,
} from "./project-files.ts";

type Files = ReadonlyMap<string, string>;
type Vars = Readonly<Record<string, string>>;

/** In characters. Reading the worst file of this size takes a quarter of a second, in which the daemon does nothing else. */
const longestFile = 128 * 1024;

/**
 * What the tree says about how to build and run it; compose wins over Dockerfile.
 * @param files contents of those of `projectFiles()` that the tree has
 * @param vars the app's config vars: `# BUILD_ARG` may give one to an ARG that a port or a base image depends on
 * @throws nothingToBuild, badProject
 */
export function readProject(files: Files, app: App, vars: Vars = {}): Project {
  const compose = composeNames.find((name) => files.has(name));
  if (compose !== undefined) {
    throw composeNotSupported(compose, files.has(dockerfileName));
  }
  const dockerfile = files.get(dockerfileName);
  if (dockerfile === undefined) {
    throw nothingToBuild(dockerfileName);
  }
  return readDockerfileProject(dockerfile, files, app, vars);
}

function readDockerfileProject(
  dockerfile: string,
  files: Files,
  app: App,
  vars: Vars,
): DockerfileProject {
  const lines = readInstructions(normalised(dockerfileName, dockerfile));
  const { noHttpProxy, notes, ...magic } = readMagicComments(lines.comments, app);
  const buildArgs = magic.buildArgs.filter((key) => Object.hasOwn(vars, key));
  const { exposed, baseImages, needsCli } = readDockerfile(
    lines,
    Object.fromEntries(buildArgs.map((key) => [key, vars[key] ?? ""])),
  );
  const cname = readDomains(files, app);
  return {
    kind: "dockerfile",
    dockerfile: dockerfileName,
    port: noHttpProxy ? null : (exposed[0]?.port ?? null),
    exposed: exposed.map(({ port }) => port),
    baseImages,
    needsCli: needsCli || magic.buildSecrets.length > 0,
    ignore: ignoreNames.map((name) => files.get(name)).find((text) => text !== undefined) ?? null,
    submodules: /^\s*\[submodule\b/m.test(files.get(submodulesFile) ?? ""),
    domains: cname.domains,
    hostname: cname.hostname,
    ...magic,
    notes: [...notes, ...(noHttpProxy ? [] : portNotes(exposed)), ...cname.notes],
  };
}

/** BuildKit, too, does without a byte order mark and with either line end. */
function normalised(name: string, text: string): string {
  if (text.length > longestFile) {
    throw badProject(
      `${name} is longer than ${longestFile / 1024} KiB.`,
      "No file of this kind needs that much: move what is long in it elsewhere.",
    );
  }
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}

function readDomains(files: Files, app: App): Cname & { readonly notes: readonly string[] } {
  const text = files.get(cnameFile);
  if (text === undefined) {
    return { domains: [], hostname: null, notes: [] };
  }
  // An app is called by its id on every branch but the default one.
  if (app.name === app.id) {
    const note = `${cnameFile} counts on the default branch only: this branch keeps to its own host name.`;
    return { domains: [], hostname: null, notes: [note] };
  }
  return { ...readCname(normalised(cnameFile, text)), notes: [] };
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

function composeNotSupported(name: string, hasDockerfile: boolean) {
  return badProject(
    `The tree has a ${name}, and compose projects are not supported yet.`,
    hasDockerfile
      ? `A compose file wins over a ${dockerfileName}. To deploy the ${dockerfileName}, take the other out of the tree and push again: git rm ${name} && git commit -m "Deploy the ${dockerfileName}"`
      : `Add a ${dockerfileName} at the top of the repository in its place, commit both and push again.`,
  );
}
