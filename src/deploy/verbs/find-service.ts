import type { App } from "../../app.ts";
import { noServices, noSuchService } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import { type ComposeRelease, isCompose, type Runnable } from "../plan/shape.ts";

/**
 * The release, as one of a project that has the service.
 * @throws noServices for a Dockerfile's, noSuchService with the nearest name
 */
export function withService(app: App, release: Runnable, name: string): ComposeRelease {
  if (!isCompose(release)) {
    throw noServices(app.name);
  }
  const names = release.project.services.map((service) => service.name);
  if (!names.includes(name)) {
    throw noSuchService(app.name, name.slice(0, 80), nearest(name, names), names);
  }
  return release;
}
