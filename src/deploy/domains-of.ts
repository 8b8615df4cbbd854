import type { App } from "../app.ts";
import { domainTaken } from "../errors.ts";
import type { Project } from "../project.ts";
import type { Parts } from "./parts.ts";
import type { Wishes } from "./wishes.ts";

/** Host names every app has, on every server. */
export function defaultDomains(app: Pick<App, "name" | "id">, suffix: string): string[] {
  return [...new Set([`${app.name}.${suffix}`, `${app.id}.${suffix}`])];
}

/**
 * All domains of an app: its own host names first, then CNAME's, then DOMAINS'.
 * @throws domainTaken where another app, or Goku itself, has one of them
 */
export function domainsOf(parts: Parts, app: App, project: Project, wishes: Wishes): string[] {
  const suffix = parts.settings.domain;
  const domains = [
    ...new Set([...defaultDomains(app, suffix), ...project.domains, ...wishes.domains]),
  ];
  const owners = domainOwners(parts, app);
  for (const domain of domains) {
    const owner = owners.get(domain);
    if (owner !== undefined) {
      throw domainTaken(domain, owner);
    }
  }
  return domains;
}

/** Domains that others have, with the name of their owner. */
function domainOwners(parts: Parts, except: App): Map<string, string> {
  const suffix = parts.settings.domain;
  const owners = new Map([[`goku.${suffix}`, "goku"]]);
  for (const other of parts.store.apps.all()) {
    if (other.id !== except.id) {
      const live = parts.store.releases.live(other.id);
      [...defaultDomains(other, suffix), ...(live?.domains ?? [])].forEach((domain) =>
        owners.set(domain, other.name),
      );
    }
  }
  return owners;
}
