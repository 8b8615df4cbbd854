import { isGokuError } from "../../errors.ts";
import type { Finding } from "../../service.ts";
import { baseImages, triggerImages } from "../dockerfile/base-images.ts";
import { foreignFrontend, frontendArg } from "../dockerfile/frontend.ts";
import { readInstructions } from "../dockerfile/instructions.ts";
import { readGlobals } from "../dockerfile/scope.ts";
import { readStages } from "../dockerfile/stages.ts";
import { plain } from "./dollars.ts";
import { dockerfilePath, isRemote, type Paths } from "./findings-paths.ts";
import { listOf, shown } from "./findings-values.ts";
import type { ModelService } from "./model.ts";

type ModelBuild = NonNullable<ModelService["build"]>;

/**
 * Of images that a build starts or copies from, those that are other apps'.
 * @param otherApps what the images of other apps are called in Docker: their ids
 */
export function imagesOfOthers(images: readonly string[], otherApps: readonly string[]): Finding[] {
  return images.flatMap((image) => {
    const problem = foreignImage(image, otherApps);
    return problem === null ? [] : [{ kind: "images", text: `the build uses ${problem}` }];
  });
}

/**
 * What a service runs, or its build starts from, of other apps.
 * @param dockerfile its text, where it could be read
 */
export function imageFindings(
  name: string,
  service: ModelService,
  otherApps: readonly string[],
  dockerfile: string | null,
): Finding[] {
  // What is built gets a name of Goku's own, whatever `image` and `build.tags` say.
  const images = service.build ? buildImages(service.build, dockerfile) : [service.image ?? ""];
  return images.flatMap((image) => {
    const problem = foreignImage(plain(image), otherApps);
    return problem === null
      ? []
      : [{ kind: "images", text: `service ${name} uses ${problem}` } as const];
  });
}

/** A Dockerfile that cannot be read, or not be understood, may start from any image of the server. */
export function unreadFindings(
  name: string,
  { build }: ModelService,
  paths: Paths,
  dockerfile: string | null,
): Finding[] {
  const source = build ? unreadSource(build, paths, dockerfile) : null;
  return source === null
    ? []
    : [
        {
          kind: "images",
          text: `service ${name} is built from ${source}, which Goku cannot read and which may use any app's image`,
        },
      ];
}

/** A build that is left to somebody's image may use any app's. */
export function frontendFindings(
  name: string,
  { build }: ModelService,
  dockerfile: string | null,
): Finding[] {
  if (!build) {
    return [];
  }
  const text = plainLines(dockerfileText(build, dockerfile) ?? "");
  const frontend = foreignFrontend(text, plain(build.args?.[frontendArg] ?? ""));
  return frontend === null ? [] : [frontendFinding(`service ${name}`, frontend)];
}

/** @param what is built by it */
export function frontendFinding(what: string, frontend: string): Finding {
  return {
    kind: "images",
    text: `${what} is built by ${shown(frontend)}, which may use any app's image`,
  };
}

function unreadSource(build: ModelBuild, paths: Paths, text: string | null): string | null {
  if (build.dockerfile_inline !== undefined) {
    return dockerfileImages(dockerfileText(build, text), build) === null
      ? "its dockerfile_inline"
      : null;
  }
  const remote = [build.context ?? ".", build.dockerfile ?? ""].find(isRemote);
  if (remote !== undefined) {
    return shown(remote);
  }
  const path = dockerfilePath(build);
  // One that is not there is the build's to tell of, and one outside of the tree another rule's.
  return path === null ||
    paths.place(path)?.isFile !== true ||
    (text !== null && dockerfileImages(text, build) !== null)
    ? null
    : paths.told(path);
}

/** Says whose image it is: `the image shop-main:v3 of the app shop-main`; null for one that is nobody's here. */
function foreignImage(image: string, otherApps: readonly string[]): string | null {
  if (isId(image)) {
    return `the image ${shown(image)} by its id, so that it may be any app's`;
  }
  // A registry has the apps' images below a path of its own.
  const parts = repositoryOf(image).split("/");
  const owner = otherApps.find((app) => parts.includes(app));
  return owner === undefined ? null : `the image ${shown(image)} of the app ${owner}`;
}

/** Docker takes the beginning of an image's id for its name where no image has that name. */
function isId(image: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{1,64}$/i.test(image);
}

/** `library/shop-main` of `docker.io/library/shop-main:v3@sha256:...` */
function repositoryOf(image: string): string {
  const [name = ""] = image.split("@", 1);
  return name.replace(/:[^/]*$/, "");
}

function buildImages(build: ModelBuild, text: string | null): string[] {
  const { additional_contexts: contexts = {} } = build;
  const caches = listOf(build["cache_from"]).map(String);
  return [
    ...Object.values(contexts).flatMap(
      (context) => /^docker-image:\/\/(.+)$/.exec(context)?.[1] ?? [],
    ),
    ...caches.map((cache) => /(?:^|,)ref=([^,]+)/.exec(cache)?.[1] ?? cache).filter(isName),
    ...(dockerfileImages(dockerfileText(build, text), build) ?? []),
  ];
}

function isName(text: string): boolean {
  return !text.includes("=");
}

function dockerfileText({ dockerfile_inline: inline }: ModelBuild, text: string | null) {
  return inline === undefined ? text : plain(inline);
}

function plainLines(text: string): string {
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}

/** Of every stage, since `target` can be any. What is no Dockerfile has none: the build says so. Null where it is not clear. */
function dockerfileImages(text: string | null, { args }: ModelBuild): string[] | null {
  if (text === null) {
    return [];
  }
  const { instructions, escape } = readInstructions(plainLines(text));
  const first = instructions.findIndex(({ keyword }) => keyword === "FROM");
  if (first === -1) {
    return [];
  }
  const values = Object.fromEntries(
    Object.entries(args ?? {}).map(([key, value]) => [key, plain(value ?? "")]),
  );
  try {
    const variables = readGlobals(instructions.slice(0, first), values, escape);
    const stages = readStages(instructions.slice(first), variables);
    return [
      ...stages.flatMap((_, at) => baseImages(stages.slice(0, at + 1))),
      ...triggerImages(stages),
    ];
  } catch (error) {
    if (isGokuError(error)) {
      return null;
    }
    throw error;
  }
}
