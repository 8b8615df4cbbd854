import type { Names } from "../names.ts";

/**
 * Build arguments that win over a project's own. What `RUN --mount=type=cache` keeps is found by its path alone, in every
 * build of the server, unless it has a namespace: one app could read, and poison, what others fetch. Steps without such a
 * mount stay cached for all. No slash: BuildKit's key of a step has the namespace only where it is one word.
 */
export function ownArgs(names: Names, app: string) {
  return { BUILDKIT_CACHE_MOUNT_NS: `${names.instance}.${app}` };
}
