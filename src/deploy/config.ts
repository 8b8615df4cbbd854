import { type App, isAppName } from "../app.ts";
import { badAppName } from "../errors.ts";
import type { VarChange } from "../ports.ts";
import type { Release } from "../release.ts";
import type { Parts, Request } from "./parts.ts";
import { releaseAgain } from "./release-again.ts";
import { readWishes } from "./wishes.ts";

export interface VarsSet {
  /** Keys whose value is other than before. */
  readonly changed: readonly string[];
  /** The release that carries them; null when nothing changed, `--no-restart` was given, or the app is not live. */
  readonly release: Release | null;
}

/** `name` may be an app that is yet to be pushed. */
export async function readVars(parts: Parts, name: string): Promise<Record<string, string>> {
  return parts.vars.read(varsName(parts, name));
}

/**
 * Sets and removes config vars in one transaction, carried live by one release. They are written when the candidate
 * has proven itself with them, so values an app cannot live with are not left behind.
 */
export async function setVars(
  parts: Parts,
  name: string,
  change: VarChange,
  options: { readonly restart: boolean; readonly reason?: string },
  request: Request,
): Promise<VarsSet> {
  const app = parts.store.apps.find(name);
  const live = app === null ? null : parts.store.releases.live(app.id);
  if (app === null || live === null || app.stopped || !options.restart) {
    readWishes(afterChange(await readVars(parts, name), change));
    const { changed } = await parts.vars.change(varsName(parts, name), change);
    return { changed, release: null };
  }
  let changed: string[] = [];
  const reason = options.reason ?? reasonOf(change);
  const title = `${reason} by ${request.by}`;
  const release = await releaseAgain(parts, app, title, request, async (base) => {
    const before = await parts.vars.read(app.name);
    const vars = afterChange(before, change);
    changed = changedKeys(before, vars);
    return changed.length === 0 ? null : { base, vars, reason, change };
  });
  return { changed, release };
}

/** Rolls out vars that somebody changed in Consul. */
export async function reloadVars(
  parts: Parts,
  app: App,
  request: Request,
): Promise<Release | null> {
  const title = "a change in Consul";
  return releaseAgain(parts, app, title, request, async (base) => {
    const vars = await parts.vars.read(app.name);
    const changed = changedKeys(base.vars, vars);
    const reason = `changed in Consul: ${changed.join(", ")}`;
    return changed.length === 0 ? null : { base, vars, reason, change: null };
  });
}

function varsName(parts: Parts, name: string): string {
  const app = parts.store.apps.find(name);
  if (app !== null) {
    return app.name;
  }
  if (!isAppName(name)) {
    throw badAppName(name);
  }
  return name;
}

function afterChange(
  before: Readonly<Record<string, string>>,
  change: VarChange,
): Record<string, string> {
  const after = { ...before, ...change.set };
  change.remove.forEach((key) => delete after[key]);
  return after;
}

function changedKeys(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => before[key] !== after[key]).sort();
}

function reasonOf(change: VarChange): string {
  const set = Object.keys(change.set);
  return set.length > 0 ? `config:set ${set.join(" ")}` : `config:rm ${change.remove.join(" ")}`;
}
