import { type App, assertAppName } from "../../app.ts";
import { imageGone, noSuchVar } from "../../errors.ts";
import type { VarChange, VarChoice } from "../../ports.ts";
import type { Release } from "../../release.ts";
import type { Parts, Request } from "../parts.ts";
import { assertStays, liveRelease, releaseInTurn } from "../story/release-again.ts";
import { nearest } from "../../nearest.ts";
import { assertSettable } from "../../var.ts";
import { domainFindings } from "../plan/domain-findings.ts";
import { assertDomainsFree } from "../plan/domains-of.ts";
import { assertNoneAgainst } from "../story/policy.ts";
import { goneImages } from "../story/gone-images.ts";
import { leaveToWhoSets } from "../story/put-vars-back.ts";
import { afterChange, changedKeys, differences } from "../plan/var-change.ts";
import { assertUnderstood, domainWords, readDomainList, readWishes } from "../plan/wishes.ts";

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
 * @throws noSuchVar where one to remove is not set
 */
export async function setVars(
  parts: Parts,
  name: string,
  change: VarChange,
  options: { readonly restart: boolean; readonly reason?: string },
  request: Request,
): Promise<VarsSet> {
  assertValues(change.set);
  const app = parts.store.apps.find(name);
  if (app === null || !options.restart) {
    const known = varsName(parts, name);
    assertThere(known, change.remove, await parts.vars.read(known));
    return write(parts, known, change, request);
  }
  const reason = options.reason ?? reasonOf(change);
  const choose = (before: Readonly<Record<string, string>>) => {
    assertThere(app.name, change.remove, before);
    return { change, reason };
  };
  return changeVars(parts, app, reason, choose, request);
}

/** @throws noSuchVar for the first key that is not set, with the nearest that is */
function assertThere(
  app: string,
  keys: readonly string[],
  vars: Readonly<Record<string, string>>,
): void {
  const missing = keys.find((key) => !Object.hasOwn(vars, key));
  if (missing !== undefined) {
    throw noSuchVar(app, missing, nearest(missing, Object.keys(vars)));
  }
}

/** The same with a change that depends on the vars as they are; `choose` is called in the app's turn. */
export async function changeVars(
  parts: Parts,
  app: App,
  what: string,
  choose: (before: Readonly<Record<string, string>>) => { change: VarChange; reason: string },
  request: Request,
): Promise<VarsSet> {
  const { report, signal } = request;
  const title = `${what} by ${request.by}`;
  const job = { app: app.id, title, kind: "change" as const, report, signal };
  return parts.queue.run(job, async (turn) => {
    const before = await parts.vars.read(app.name);
    const { change, reason } = choose(before);
    assertValues(change.set);
    if (!isServing(parts, app)) {
      return write(parts, app.name, change, request);
    }
    const vars = afterChange(before, change);
    const changed = changedKeys(before, vars);
    if (changed.length === 0) {
      return { changed, release: null };
    }
    assertDomainsAllowed(parts, app, before, vars, request);
    const again = { base: liveRelease(parts, app), vars, reason, change };
    return { changed, release: await releaseInTurn(parts, app, again, turn, request) };
  });
}

/** Rolls out vars that somebody changed in Consul; null when the live release has them already. */
export async function reloadVars(
  parts: Parts,
  app: App,
  request: Request,
): Promise<Release | null> {
  const { report, signal } = request;
  const job = { app: app.id, title: "a change in Consul", kind: "change" as const, report, signal };
  return parts.queue.run(job, async (turn) => {
    if (!isServing(parts, app)) {
      return null;
    }
    const base = liveRelease(parts, app);
    const vars = await parts.vars.read(app.name);
    const changed = changedKeys(base.vars, vars);
    if (changed.length === 0) {
      return null;
    }
    if (Object.keys(vars).length === 0) {
      // A Consul that lost its data looks the same as one that was emptied on purpose.
      parts.log.warn({ app: app.id }, "all vars are gone from Consul; octo reload rolls that out");
      return null;
    }
    assertUnderstood(differences(base.vars, vars).set);
    if ((await goneImages(parts, base)).ids.size > 0) {
      // Volumes may be gone with them, and an app that is back before its data begins with an empty database.
      throw imageGone(`What v${base.version} of ${app.name} was made from`, app.name, "reload");
    }
    const reason = `changed in Consul: ${changed.join(", ")}`;
    return releaseInTurn(parts, app, { base, vars, reason, change: null }, turn, request);
  });
}

/** @throws usage, badProject for the first that cannot be a var, or not be followed */
function assertValues(set: VarChange["set"]): void {
  assertSettable(set);
  assertUnderstood(set);
}

function isServing(parts: Parts, app: App): boolean {
  const stopped = parts.store.apps.find(app.id)?.stopped ?? true;
  return !stopped && parts.store.releases.live(app.id) !== null;
}

/** For an app that does not run: nothing to roll out, but values that could not be followed are refused. */
async function write(
  parts: Parts,
  name: string,
  change: VarChange,
  request: Request,
): Promise<VarsSet> {
  const app = parts.store.apps.find(name);
  if (app !== null) {
    assertStays(parts, app);
  }
  let giveBack = () => {};
  const choose: VarChoice = (before) => {
    const vars = afterChange(before, change);
    readWishes(vars, name);
    assertDomainsAllowed(parts, app ?? { id: name, name }, before, vars, request);
    if (app !== null) {
      if (change.set["DOMAINS"] !== undefined) {
        assertDomainsFree(parts, app, readDomainList(vars["DOMAINS"] ?? ""));
      }
      giveBack = leaveToWhoSets(parts, app, change);
    }
    return change;
  };
  try {
    const { changed } = await parts.vars.change(name, choose);
    return { changed, release: null };
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** Domains that are added are judged as those of a tree are. @throws againstPolicy */
export function assertDomainsAllowed(
  parts: Parts,
  app: Pick<App, "id" | "name">,
  before: Release["vars"],
  after: Release["vars"],
  request: Request,
): void {
  const text = after["DOMAINS"] ?? "";
  if (text === before["DOMAINS"]) {
    return;
  }
  // Before, it may have been no list of domains: this may be what mends it.
  const had = new Set(domainWords(before["DOMAINS"] ?? ""));
  const added = readDomainList(text).filter((domain) => !had.has(domain));
  const findings = domainFindings(parts, app, added);
  assertNoneAgainst(parts, app, findings, request, request.report);
}

function varsName(parts: Parts, name: string): string {
  const app = parts.store.apps.find(name);
  if (app !== null) {
    return app.name;
  }
  assertAppName(name);
  return name;
}

function reasonOf(change: VarChange): string {
  const set = Object.keys(change.set);
  return set.length > 0 ? `config:set ${set.join(" ")}` : `config:rm ${change.remove.join(" ")}`;
}
