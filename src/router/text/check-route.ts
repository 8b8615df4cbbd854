import { isIPv4 } from "node:net";
import { isAppName } from "../../app.ts";
import { badProject } from "../../errors.ts";
import { isDomain, isSafePath, type Route, type Site } from "../../route.ts";

/**
 * Nothing of a route may become nginx syntax: names, addresses and paths are what they claim to be.
 * @throws badProject for what people set; an Error for what only Goku itself can have got wrong
 */
export function checkRoute(route: Route): void {
  if (!isAppName(route.app)) {
    throw new Error(`not an app id: ${JSON.stringify(route.app)}`);
  }
  if (route.sites.length === 0) {
    throw new Error(`a route without a site: ${route.app}`);
  }
  for (const site of route.sites) {
    checkSite(route, site);
  }
  checkOwners(route);
  if (route.sslForced && route.certificate === null) {
    throw badProject(
      "SSL_FORCED needs a certificate and its key.",
      `Set both: octo config:set ${route.app}/SSL_CERTIFICATE=/path SSL_KEY=/path`,
    );
  }
  checkPath("SSL_CERTIFICATE", route.certificate?.certificate);
  checkPath("SSL_KEY", route.certificate?.key);
  checkPath("NGINX_ALT", route.template ?? undefined);
}

function checkSite({ app, sites }: Route, { domains, backends }: Site): void {
  for (const { address, port } of backends) {
    if (!isIPv4(address) || !Number.isInteger(port) || port < 1 || port > 65535) {
      throw new Error(`not a backend: ${JSON.stringify({ address, port })}`);
    }
  }
  if (domains.length === 0) {
    throw sites.length === 1
      ? badProject(
          `${app} has no domain to be reached by.`,
          `Give it one: octo domains:add ${app} www.example.com`,
        )
      : badProject(
          `One of the routes of ${app} has no domain to be reached by.`,
          "Name one in the compose file's x-goku.",
        );
  }
  for (const domain of domains) {
    if (!isDomain(domain)) {
      throw badProject(
        `${JSON.stringify(domain.slice(0, 80))} is not a domain name.`,
        "Domains have letters, digits, dashes and dots: www.example.com. Correct CNAME or DOMAINS.",
      );
    }
  }
}

/** nginx would only warn, and send all requests for such a domain to the first of them. */
function checkOwners({ app, sites }: Route): void {
  const known = new Set<string>();
  for (const domains of sites.map((site) => new Set(site.domains))) {
    for (const domain of domains) {
      if (known.has(domain)) {
        throw badProject(
          `${domain} leads to two places in ${app}.`,
          "A domain belongs to one route: look in the compose file's x-goku, in CNAME and in DOMAINS.",
        );
      }
      known.add(domain);
    }
  }
}

function checkPath(what: string, path: string | undefined): void {
  if (path !== undefined && !isSafePath(path)) {
    throw badProject(
      `${what} is not a path that nginx can be given.`,
      "Use an absolute path on the server without spaces, quotes, semicolons, braces, # and $.",
    );
  }
}
