import type { Finding } from "../../service.ts";
import { foreignFrontend, frontendArg } from "../dockerfile/frontend.ts";
import type { ReadDockerfile } from "./dockerfiles.ts";
import { plain } from "./dollars.ts";
import { dockerfilePath, isRemote, type Paths } from "./findings-paths.ts";
import { listOf, shown } from "./findings-values.ts";
import type { ModelService } from "./model.ts";

type ModelBuild = NonNullable<ModelService["build"]>;

/** One is enough to be refused, and an image's name is soon written. */
export const mostTold = 20;

/**
 * Of images that a build starts or copies from, those that are other apps'.
 * @param otherApps what the images of other apps are called in Docker: their ids
 */
export function imagesOfOthers(images: readonly string[], otherApps: readonly string[]): Finding[] {
  return foreignImages(images, new Set(otherApps)).map((problem) => ({
    kind: "images",
    text: `the build uses ${problem}`,
  }));
}

/**
 * What services run, or their builds start from, of other apps.
 * @param dockerfiles by service, as far as they could be read
 */
export function imageFindings(
  services: Readonly<Record<string, ModelService>>,
  otherApps: readonly string[],
  dockerfiles: ReadonlyMap<string, ReadDockerfile>,
): Finding[] {
  const others = new Set(otherApps);
  const ofDockerfile = new Map(
    [...new Set(dockerfiles.values())].map((read) => [read, foreignImages(read.images, others)]),
  );
  return Object.entries(services).flatMap(([name, { image = "", build }]) => {
    const read = dockerfiles.get(name);
    // What is built gets a name of Goku's own, whatever `image` and `build.tags` say.
    const problems = build
      ? [
          ...foreignImages(imagesBeside(build).map(plain), others),
          ...((read && ofDockerfile.get(read)) ?? []),
        ]
      : foreignImages([plain(image)], others);
    return problems.map((problem): Finding => ({
      kind: "images",
      text: `service ${name} uses ${problem}`,
    }));
  });
}

/** A Dockerfile that cannot be read, or not be understood, may start from any image of the server. */
export function unreadFindings(
  name: string,
  { build }: ModelService,
  paths: Paths,
  dockerfile: ReadDockerfile | undefined,
): Finding[] {
  const isRead = dockerfile !== undefined && dockerfile.stages !== null;
  const source = !build || isRead ? null : unreadSource(build, paths);
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
  dockerfile: ReadDockerfile | undefined,
): Finding[] {
  if (!build) {
    return [];
  }
  const frontend =
    dockerfile === undefined
      ? foreignFrontend("", plain(build.args?.[frontendArg] ?? ""))
      : dockerfile.frontend;
  return frontend === null ? [] : [frontendFinding(`service ${name}`, frontend)];
}

/** @param what is built by it */
export function frontendFinding(what: string, frontend: string): Finding {
  return {
    kind: "images",
    text: `${what} is built by ${shown(frontend)}, which may use any app's image`,
  };
}

function unreadSource(build: ModelBuild, paths: Paths): string | null {
  if (build.dockerfile_inline !== undefined) {
    return "its dockerfile_inline";
  }
  const remote = [build.context ?? ".", build.dockerfile ?? ""].find(isRemote);
  if (remote !== undefined) {
    return shown(remote);
  }
  const path = dockerfilePath(build);
  // One that is not there is the build's to tell of, and one outside of the tree another rule's.
  return path === null || paths.place(path)?.isFile !== true ? null : paths.told(path);
}

/** Says of each whose image it is (`the image shop-main:v3 of the app shop-main`), and of many how many more there are. */
function foreignImages(images: readonly string[], otherApps: ReadonlySet<string>): string[] {
  const problems = images.flatMap((image) => foreignImage(image, otherApps) ?? []);
  const more = problems.length - mostTold;
  return more > 0
    ? [...problems.slice(0, mostTold), `${more} more that may be other apps'`]
    : problems;
}

/** Null for one that is nobody's here. */
function foreignImage(image: string, otherApps: ReadonlySet<string>): string | null {
  if (isId(image)) {
    return `the image ${shown(image)} by its id, so that it may be any app's`;
  }
  // A registry has the apps' images below a path of its own.
  const owner = repositoryOf(image)
    .split("/")
    .find((part) => otherApps.has(part));
  return owner === undefined ? null : `the image ${shown(image)} of the app ${owner}`;
}

/** Docker takes the beginning of an image's id for its name where no image has that name. */
function isId(image: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{1,64}$/i.test(image);
}

/** `library/shop-main` of `docker.io/library/shop-main:v3@sha256:...` */
function repositoryOf(image: string): string {
  const [name = ""] = image.split("@", 1);
  const tag = name.indexOf(":", name.lastIndexOf("/") + 1);
  return tag === -1 ? name : name.slice(0, tag);
}

/** Images that a build takes from beside its Dockerfile's. */
function imagesBeside(build: ModelBuild): string[] {
  const { additional_contexts: contexts = {} } = build;
  const caches = listOf(build["cache_from"]).map(String);
  return [
    ...Object.values(contexts).flatMap(
      (context) => /^docker-image:\/\/(.+)$/.exec(context)?.[1] ?? [],
    ),
    ...caches.map((cache) => /(?:^|,)ref=([^,]+)/.exec(cache)?.[1] ?? cache).filter(isName),
  ];
}

function isName(text: string): boolean {
  return !text.includes("=");
}
