import type { App } from "../../app.ts";
import type { Parts } from "../parts.ts";
import { untouched } from "../plan/var-change.ts";

/**
 * Takes back what a release that does not go live changed in the vars, if anything. What somebody has written since stays.
 * @throws consulUnavailable
 */
export async function undoVars({ store, vars }: Parts, app: App, version: number): Promise<void> {
  const undo = store.releases.undo(app.id, version);
  const release = store.releases.find(app.id, version);
  if (undo !== null && release !== null) {
    await vars.change(app.name, untouched(undo, await vars.read(app.name), release.vars));
  }
}

/** The same, which never replaces the error it is called for. */
export async function putVarsBack(parts: Parts, app: App, version: number): Promise<void> {
  try {
    await undoVars(parts, app, version);
  } catch (error) {
    parts.log.error({ err: error, app: app.id }, "could not take back what was written");
  }
}
