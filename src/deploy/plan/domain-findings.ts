import { isIP } from "node:net";
import type { App } from "../../app.ts";
import type { Finding } from "../../service.ts";
import type { Parts } from "../parts.ts";
import { defaultDomains, domainOwners } from "./domains-of.ts";

type Subject = Pick<App, "id" | "name">;

/**
 * Of the domains that an app asks for beside its own host names, those at which somebody else is asked: nginx prefers
 * the longer name to a wildcard, and hosts of the server's domain are those of apps that come and go.
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
  const wildcards = [...domainOwners(parts, app)].filter(([domain]) => domain.startsWith("*."));
  const why = (domain: string): string | null => {
    const host = domain.replace(/^\*\./, "");
    const [wildcard, owner] = wildcards.find(([each]) => host.endsWith(each.slice(1))) ?? [];
    if (owner !== undefined) {
      return `lies below ${wildcard} of ${owner.name}`;
    }
    if (`.${host}`.endsWith(`.${suffix}`)) {
      return `belongs to the server, as all of ${suffix} does`;
    }
    return isIP(host) === 0 ? null : "is an address of a server";
  };
  return domains.flatMap((domain): Finding[] => {
    const reason = own.has(domain) ? null : why(domain);
    return reason === null ? [] : [{ kind: "domains", text: `the domain ${domain} ${reason}` }];
  });
}
