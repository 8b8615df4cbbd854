import type { App } from "../../app.ts";
import type { Parts } from "../parts.ts";
import { type Addressed, catalogServices, type Runnable } from "../plan/shape.ts";

/** The catalogue tells others where the app is; an app that serves is not taken down for it, and reconcile tries again. */
export async function registerServices(
  parts: Parts,
  app: App,
  release: Runnable,
  replicas: readonly Addressed[],
): Promise<boolean> {
  try {
    await parts.catalog.register(app.name, catalogServices(release, replicas));
    return true;
  } catch (error) {
    parts.log.warn({ err: error, app: release.app }, "could not register in the catalogue");
    return false;
  }
}
