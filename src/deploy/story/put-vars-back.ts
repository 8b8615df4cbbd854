import type { App } from "../../app.ts";
import type { VarChange } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { noChange, untouched, without } from "../plan/var-change.ts";

/**
 * Takes back what a release that does not go live changed in the vars, if anything. What somebody has written since stays.
 * @throws consulUnavailable
 */
export async function undoVars({ store, vars }: Parts, app: App, version: number): Promise<void> {
  const release = store.releases.find(app.id, version);
  const undo = () => store.releases.undo(app.id, version);
  if (release !== null && undo() !== null) {
    await vars.change(app.name, (now) => untouched(undo() ?? noChange, now, release.vars));
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

/**
 * What somebody sets without a release is his, also where one that is under way writes the very same.
 * @returns what makes it the release's again, for a change that is refused after all
 */
export function leaveToWhoSets({ store }: Parts, app: App, change: VarChange): () => void {
  const { releases } = store;
  const undos = releases.unfinished().flatMap((release) => {
    const undo = release.app === app.id ? releases.undo(app.id, release.version) : null;
    return undo === null ? [] : [{ version: release.version, undo }];
  });
  const note = (of: (undo: VarChange) => VarChange) =>
    undos.forEach(({ version, undo }) => releases.setUndo(app.id, version, of(undo)));
  note((undo) => without(undo, change));
  return () => note((undo) => undo);
}
