import type { ReleaseServices, ServiceContainer } from "../../compose-ports.ts";
import type { Parts } from "../parts.ts";
import { type ComposeRelease, originOf } from "../plan/shape.ts";

/** Containers of services of one app or of all, without those on their way out. */
export async function currentServices(parts: Parts, app?: string): Promise<ServiceContainer[]> {
  return (await servicesThere(parts, app)).current;
}

/** What there is: what stays until somebody decides about it, and what is on its way out. */
export async function servicesThere(
  parts: Parts,
  app?: string,
): Promise<{ readonly current: ServiceContainer[]; readonly leaving: ServiceContainer[] }> {
  // The list may still have what is gone, and off this set, by the time the list is here.
  const before = new Set(parts.retiring);
  const containers = await parts.composer.listServices(app);
  const isLeaving = ({ id }: ServiceContainer) => before.has(id) || parts.retiring.has(id);
  return {
    current: containers.filter((each) => !isLeaving(each)),
    leaving: containers.filter(isLeaving),
  };
}

/** What the engine has to know to make containers of the release. */
export function servicesOf(release: ComposeRelease): ReleaseServices {
  const { app, version } = release;
  const { definition, images } = release.project;
  return { app, version, origin: originOf(release), definition, images };
}
