import { type App, isAppName } from "../app.ts";
import { findApp } from "../deploy/verbs/apps.ts";
import type { Parts } from "../deploy/parts.ts";
import { badAppName, notAllowed } from "../errors.ts";
import type { Apps, Rights } from "../store-ports.ts";
import { mayDeploy, mayRead } from "../rights.ts";
import type { Identity } from "./identity.ts";
import type { Call } from "./verb.ts";

/**
 * The one place that says whether somebody may make a call. An app they may not look at is, for them, not there.
 * @throws notAllowed, noSuchApp, badAppName
 */
export function authorize(parts: Parts, { name: who, rights }: Identity, call: Call): void {
  if (call.app !== null) {
    authorizeApp(parts, who, rights, call, call.app);
  }
  if (call.forAdmins !== null && !rights.admin) {
    throw notAllowed(who, `${call.forAdmins}, which is for admins`);
  }
}

/** Everything that an app is called, for matching with rights. */
export function namesOf(app: Pick<App, "name" | "id">): string[] {
  return [app.name, app.id];
}

/** Apps that the rights let somebody look at, by name. */
export function readableApps(apps: Apps, rights: Rights): App[] {
  return apps
    .all()
    .filter((app) => mayRead(rights, namesOf(app)))
    .toSorted((one, other) => one.name.localeCompare(other.name));
}

function authorizeApp(parts: Parts, who: string, rights: Rights, call: Call, name: string): void {
  if (!isAppName(name)) {
    throw badAppName(name);
  }
  const { apps } = parts.store;
  if (call.absent && apps.find(name) === null && mayDeploy(rights, [name])) {
    return;
  }
  const app = findApp(parts, name, readableApps(apps, rights));
  if (call.right !== "read" && call.right !== "anyone" && !mayDeploy(rights, namesOf(app))) {
    throw notAllowed(who, `${call.verb} ${name}`);
  }
}
