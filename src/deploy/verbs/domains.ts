import type { App } from "../../app.ts";
import { domainStays, type GokuError, noSuchDomain } from "../../errors.ts";
import type { VarChange } from "../../ports.ts";
import type { Release } from "../../release.ts";
import { nearest } from "../../nearest.ts";
import { defaultDomains } from "../plan/domains-of.ts";
import { changeVars, readVars } from "./config.ts";
import type { Parts, Request } from "../parts.ts";
import { isRunnable } from "../plan/shape.ts";
import { readDomainList } from "../plan/wishes.ts";
import { whyNoHttp } from "../plan/without-http.ts";

/** Why no domain leads to the app, as a sentence; null where one does. */
export function whyNoDomain(parts: Parts, app: App): string | null {
  const live = parts.store.releases.live(app.id);
  if (live === null || !isRunnable(live)) {
    return `No domain leads to ${app.name}: it has no release yet.`;
  }
  const why = whyNoHttp(live);
  return why === null ? null : `No domain leads to ${app.name}, since ${why}.`;
}

/** Domains given to the app by `octo`, beside its own host names and those of CNAME. */
export async function readDomains(parts: Parts, app: App): Promise<string[]> {
  const vars = await readVars(parts, app.name);
  return readDomainList(vars["DOMAINS"] ?? "");
}

/** `next` makes the list to set of the one there is. What two people add at once are both kept. */
export async function changeDomains(
  parts: Parts,
  app: App,
  next: (before: readonly string[]) => readonly string[],
  request: Request,
): Promise<{ readonly domains: string[]; readonly release: Release | null }> {
  let domains: string[] = [];
  const choose = (vars: Readonly<Record<string, string>>) => {
    domains = readDomainList(next(readDomainList(vars["DOMAINS"] ?? "")).join(" "));
    const change: VarChange =
      domains.length === 0
        ? { set: {}, remove: ["DOMAINS"] }
        : { set: { DOMAINS: domains.join(" ") }, remove: [] };
    return { change, reason: `domains ${domains.join(" ") || "none"}` };
  };
  const { release } = await changeVars(parts, app, "a change of domains", choose, request);
  const live = parts.store.releases.live(app.id);
  const why = live === null || !isRunnable(live) ? null : whyNoHttp(live);
  if (why !== null && domains.length > 0) {
    request.report.warn(
      `${domains.join(", ")} will lead nowhere as long as ${app.name} has no HTTP: ${why}.`,
    );
  }
  return { domains, release };
}

/**
 * Takes domains away that were given to the app: all, or none.
 * @throws noSuchDomain, and domainStays for one that comes from elsewhere
 */
export async function removeDomains(
  parts: Parts,
  app: App,
  domains: readonly string[],
  request: Request,
): ReturnType<typeof changeDomains> {
  const gone = new Set(domains.map((domain) => domain.toLowerCase()));
  const next = (before: readonly string[]) => {
    const missing = [...gone].find((domain) => !before.includes(domain));
    if (missing !== undefined) {
      throw whyItStays(parts, app, missing, before);
    }
    return before.filter((domain) => !gone.has(domain));
  };
  return changeDomains(parts, app, next, request);
}

function whyItStays(
  { settings, store }: Parts,
  app: App,
  domain: string,
  given: readonly string[],
): GokuError {
  const push = `git push goku ${app.branch}`;
  const project = store.releases.live(app.id)?.project ?? null;
  const routes = project?.kind === "compose" ? project.routes : [];
  if (defaultDomains(app, settings.domain).includes(domain)) {
    const hint = `To have no host names at all: octo config:set ${app.name}/NO_HTTP_PROXY=1`;
    return domainStays(domain, "is the app's own host name", hint);
  }
  if (routes.some((route) => route.domains.includes(domain))) {
    const hint = `Take it out there, commit and push: ${push}`;
    return domainStays(domain, "comes from the compose file", hint);
  }
  if (project?.domains.includes(domain) === true) {
    const hint = `Take it out there, commit and push: ${push}`;
    return domainStays(domain, "comes from the file CNAME", hint);
  }
  return noSuchDomain(app.name, domain, nearest(domain, given));
}
