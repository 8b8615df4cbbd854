import type { App } from "../../app.ts";
import { badProject, domainReserved, domainTaken, ownHostTaken } from "../../errors.ts";
import type { Project } from "../../project.ts";
import type { Release } from "../../release.ts";
import { mostDomains } from "../../route.ts";
import { groupBy } from "../../system/group-by.ts";
import type { Parts } from "../parts.ts";
import { hasHttp, type Runnable } from "./shape.ts";
import { readDomainList } from "./wishes.ts";

/** Host names every app has, on every server. */
export function defaultDomains(app: Pick<App, "name" | "id">, suffix: string): string[] {
  return [...new Set([`${app.name}.${suffix}`, `${app.id}.${suffix}`])];
}

/** Domains that the tree asks for: those of CNAME and of its routes. */
export function projectDomains(project: Project): string[] {
  const routes = project.kind === "compose" ? project.routes : [];
  return [...project.domains, ...routes.flatMap((route) => route.domains)];
}

/** What a release has beside the app's own host names: the project's, and those of DOMAINS. */
function furtherDomains({ project, vars }: Pick<Release, "project" | "vars">): string[] {
  const asked = project === null ? [] : projectDomains(project);
  return [...asked, ...readDomainList(vars["DOMAINS"] ?? "")];
}

/**
 * All domains that lead to a release, the app's own host names first; none without HTTP. Its own follow the setting
 * `domain`, whatever that was when the release was made.
 */
export function hostsOf(parts: Parts, app: Pick<App, "name" | "id">, release: Runnable): string[] {
  return hasHttp(release) ? allDomains(parts, app, release) : [];
}

function allDomains(
  { settings }: Parts,
  app: Pick<App, "name" | "id">,
  release: Pick<Release, "project" | "vars">,
): string[] {
  return [...new Set([...defaultDomains(app, settings.domain), ...furtherDomains(release)])];
}

/**
 * All domains of an app: its own host names first, then CNAME's, its routes' and DOMAINS'.
 * @throws domainTaken and ownHostTaken where another app has one of them, domainReserved where Goku itself has, badProject for
 * what is none and for too many
 */
export function domainsOf(
  parts: Parts,
  app: App,
  project: Project,
  vars: Release["vars"],
): string[] {
  const domains = allDomains(parts, app, { project, vars });
  if (domains.length > mostDomains) {
    throw badProject(
      `${app.name} would have ${domains.length} domains, and an app can have ${mostDomains}.`,
      "A wildcard stands for all names below a domain: *.example.org",
    );
  }
  assertDomainsFree(parts, app, domains);
  return domains;
}

/** @throws domainTaken, ownHostTaken, domainReserved */
export function assertDomainsFree(parts: Parts, app: App, domains: readonly string[]): void {
  const reserved = `goku.${parts.settings.domain}`;
  const owners = domainOwners(parts, app);
  for (const domain of domains) {
    if (domain === reserved) {
      throw domainReserved(domain);
    }
    const owner = owners.get(domain);
    if (owner !== undefined) {
      const isOwn = defaultDomains(owner, parts.settings.domain).includes(domain);
      throw isOwn ? ownHostTaken(domain, owner.name) : domainTaken(domain, owner.name, app.name);
    }
  }
}

/** Domains that other apps have, or are about to go live with, and each one's owner. */
export function domainOwners(
  parts: Pick<Parts, "store" | "settings">,
  except: Pick<App, "id">,
): Map<string, App> {
  const { apps, releases } = parts.store;
  const coming = groupBy(releases.unfinished(), (release) => release.app);
  const others = apps.all().filter((other) => other.id !== except.id);
  return new Map(
    others.flatMap((other) => {
      const theirs = [releases.live(other.id), ...(coming.get(other.id) ?? [])];
      const domains = theirs.flatMap((release) =>
        release === null ? [] : furtherDomains(release),
      );
      return [...defaultDomains(other, parts.settings.domain), ...domains].map(
        (domain): [string, App] => [domain, other],
      );
    }),
  );
}
