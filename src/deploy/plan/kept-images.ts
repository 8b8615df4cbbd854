import { imagesOf, type Runnable } from "./shape.ts";

/** Ids of the images of the newest `most` releases that differ in their images. */
export function keptImages(served: readonly Runnable[], most: number): string[] {
  const sets = new Map(
    served.map((release) => {
      const images = imagesOf(release);
      return [images.toSorted().join(" "), images];
    }),
  );
  return [...new Set([...sets.values()].slice(0, most).flat())];
}
