import type { Parts } from "../parts.ts";
import { imagesOf, isCompose, type Runnable } from "../plan/shape.ts";

/** Images of a release that are no longer on the server. */
export interface GoneImages {
  readonly ids: ReadonlySet<string>;
  /** Whose they are, in the order of the project; none for a Dockerfile's. */
  readonly services: readonly string[];
}

export async function goneImages({ engine }: Parts, release: Runnable): Promise<GoneImages> {
  const images = imagesOf(release);
  const there = await Promise.all(images.map((image) => engine.hasImage(image)));
  const ids = new Set(images.filter((_, at) => there[at] !== true));
  const services = isCompose(release)
    ? Object.entries(release.project.images).filter(([, image]) => ids.has(image))
    : [];
  return { ids, services: services.map(([name]) => name) };
}

/** `The image of v3 of blog is`, `Images of v3 of shop (web, db) are`: the beginning of a sentence. */
export function goneImagesAre(name: string, version: number, gone: GoneImages): string {
  const whose = gone.services.length === 0 ? "" : ` (${gone.services.join(", ")})`;
  const [what, are] = gone.ids.size === 1 ? ["The image", "is"] : ["Images", "are"];
  return `${what} of v${version} of ${name}${whose} ${are}`;
}
