import { isIP } from "node:net";
import type { App } from "../../app.ts";
import type { Finding } from "../../service.ts";
import type { Parts } from "../parts.ts";
import { defaultDomains, domainOwners } from "./domains-of.ts";

type Subject = Pick<App, "id" | "name">;

/**
 * Of the domains that an app asks for beside its own host names, those at which somebody else is asked. nginx prefers the
 * longer name to a wildcard, and gives a wildcard all hosts below it, however far, that no app has now: hosts of the server's
 * domain are those of apps that come and go.
 */
export function domainFindings(
  parts: Pick<Parts, "store" | "settings">,
  app: Subject,
  domains: readonly string[],
): Finding[] {
  if (domains.length === 0) {
    return [];
  }
  const suffix = parts.settings.domain;
  const own = new Set(defaultDomains(app, suffix));
  const owners = domainOwners(parts, app);
  const covered = coveredBy(domains.filter(isWildcard), owners);
  const why = (domain: string): string | null => {
    const host = hostOf(domain);
    const wildcard = above(host).find((each) => owners.has(`*.${each}`));
    if (wildcard !== undefined) {
      return `lies below *.${wildcard} of ${owners.get(`*.${wildcard}`)?.name ?? ""}`;
    }
    if (`.${host}`.endsWith(`.${suffix}`)) {
      return `belongs to the server, as all of ${suffix} does`;
    }
    if (isWildcard(domain) && suffix.endsWith(`.${host}`)) {
      return `takes in the server's own domain ${suffix}`;
    }
    const other = covered.get(domain);
    if (other !== undefined) {
      return `takes in ${other} of ${owners.get(other)?.name ?? ""}`;
    }
    return isIP(host) === 0 ? null : "is an address of a server";
  };
  return domains.flatMap((domain): Finding[] => {
    const reason = own.has(domain) ? null : why(domain);
    return reason === null ? [] : [{ kind: "domains", text: `the domain ${domain} ${reason}` }];
  });
}

/** By wildcard the first domain of others that lies below it. */
function coveredBy(
  wildcards: readonly string[],
  owners: ReadonlyMap<string, App>,
): Map<string, string> {
  const asked = new Set(wildcards);
  const covered = new Map<string, string>();
  if (asked.size === 0) {
    return covered;
  }
  for (const domain of owners.keys()) {
    for (const name of above(hostOf(domain))) {
      const wildcard = `*.${name}`;
      if (asked.has(wildcard) && !covered.has(wildcard)) {
        covered.set(wildcard, domain);
      }
    }
  }
  return covered;
}

function isWildcard(domain: string): boolean {
  return domain.startsWith("*.");
}

function hostOf(domain: string): string {
  return domain.replace(/^\*\./, "");
}

/** `b.example` and `example` of `a.b.example`. */
function above(host: string): string[] {
  const names = [];
  for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
    names.push(host.slice(dot + 1));
  }
  return names;
}
