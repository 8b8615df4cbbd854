import type { Finding } from "../../service.ts";
import { baseImages } from "../dockerfile/base-images.ts";
import { readInstructions } from "../dockerfile/instructions.ts";
import { readGlobals } from "../dockerfile/scope.ts";
import { readStages } from "../dockerfile/stages.ts";
import { plain } from "./dollars.ts";
import { listOf, recordOf, shown } from "./findings-values.ts";
import type { ModelService } from "./model.ts";

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

/** What a service runs, or its build starts from, of other apps. */
export function imageFindings(
  name: string,
  service: ModelService,
  otherApps: readonly string[],
): Finding[] {
  // What is built gets a name of Goku's own, whatever `image` and `build.tags` say.
  const images = service.build ? buildImages(service) : [service.image ?? ""];
  return images.flatMap((image) => {
    const problem = foreignImage(plain(image), otherApps);
    return problem === null
      ? []
      : [{ kind: "images", text: `service ${name} uses ${problem}` } as const];
  });
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

function buildImages({ build }: ModelService): string[] {
  if (build === undefined || build === null) {
    return [];
  }
  const { additional_contexts: contexts = {}, dockerfile_inline: inline } = build;
  const caches = listOf(build["cache_from"]).map(String);
  return [
    ...Object.values(contexts).flatMap(
      (context) => /^docker-image:\/\/(.+)$/.exec(context)?.[1] ?? [],
    ),
    ...caches.map((cache) => /(?:^|,)ref=([^,]+)/.exec(cache)?.[1] ?? cache).filter(isName),
    ...(inline === undefined ? [] : inlineImages(plain(inline), recordOf(build["args"]))),
  ];
}

function isName(text: string): boolean {
  return !text.includes("=");
}

/** Of every stage, since `target` can be any. What is no Dockerfile has none: the build says so. */
function inlineImages(text: string, args: Readonly<Record<string, unknown>>): string[] {
  const { instructions, escape } = readInstructions(text.replaceAll("\r\n", "\n"));
  const first = instructions.findIndex(({ keyword }) => keyword === "FROM");
  if (first === -1) {
    return [];
  }
  const values = Object.fromEntries(
    Object.entries(args).map(([key, value]) => [key, plain(String(value ?? ""))]),
  );
  const variables = readGlobals(instructions.slice(0, first), values, escape);
  const stages = readStages(instructions.slice(first), variables);
  return stages.flatMap((_, at) => baseImages(stages.slice(0, at + 1)));
}
