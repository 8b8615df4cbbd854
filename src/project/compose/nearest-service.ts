import { nearest } from "../../nearest.ts";

/** What to write in place of a service that is not in the file. */
export function adviceFor(name: string, services: readonly string[]): string {
  const like = name === "" ? null : nearest(name, services);
  return like === null ? `Its services are: ${services.join(", ")}.` : `Did you mean ${like}?`;
}
