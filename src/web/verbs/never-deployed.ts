import { nearest } from "../../nearest.ts";
import { readableApps } from "../authorize.ts";
import type { VerbContext } from "../verb.ts";

/** Warns that there is no app of this name yet: it may be mistyped. `takeBack` is what undoes what was done. */
export function warnOfNoApp(
  { parts, identity, request }: VerbContext,
  name: string,
  takeBack: string | null,
): void {
  const { apps } = parts.store;
  if (apps.find(name) !== null) {
    return;
  }
  const names = readableApps(apps, identity.rights).map((app) => app.name);
  const meant = nearest(name, names);
  const undo = takeBack === null ? "" : ` To take it back: ${takeBack}`;
  const asked = meant === null ? "" : ` Did you mean ${meant}?${undo}`;
  request.report.warn(`There is no app ${name} yet: its vars wait for its first push.${asked}`);
}

/** The same, and for an app whose pushes all failed. */
export function warnOfNoRelease(context: VerbContext, name: string): void {
  const { apps, releases } = context.parts.store;
  const app = apps.find(name);
  if (app === null) {
    warnOfNoApp(context, name, null);
  } else if (releases.live(app.id) === null) {
    context.request.report.warn(`${app.name} was never deployed: none of its pushes went live.`);
  }
}
