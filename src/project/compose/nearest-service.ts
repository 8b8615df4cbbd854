import { closest, distance } from "fastest-levenshtein";

/** What to write in place of a service that is not in the file. */
export function adviceFor(name: string, services: readonly string[]): string {
  const best = services.length === 0 ? "" : closest(name, services);
  const isLike = best !== "" && distance(name, best) <= Math.max(2, Math.floor(name.length / 3));
  return isLike ? `Did you mean ${best}?` : `Its services are: ${services.join(", ")}.`;
}
