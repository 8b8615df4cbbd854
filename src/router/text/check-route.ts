import { isIPv4 } from "node:net";
import { isAppName } from "../../app.ts";
import { badProject } from "../../errors.ts";
import { isDomain, isSafePath, type Route } from "../../route.ts";

/**
 * Nothing of a route may become nginx syntax: names, addresses and paths are what they claim to be.
 * @throws badProject for what people set; an Error for what only Goku itself can have got wrong
 */
export function checkRoute(route: Route): void {
  if (!isAppName(route.app)) {
    throw new Error(`not an app id: ${JSON.stringify(route.app)}`);
  }
  for (const { address, port } of route.backends) {
    if (!isIPv4(address) || !Number.isInteger(port) || port < 1 || port > 65535) {
      throw new Error(`not a backend: ${JSON.stringify({ address, port })}`);
    }
  }
  if (route.domains.length === 0) {
    throw badProject(
      `${route.app} has no domain to be reached by.`,
      `Give it one: octo domains:add ${route.app} www.example.com`,
    );
  }
  for (const domain of route.domains) {
    if (!isDomain(domain)) {
      throw badProject(
        `${JSON.stringify(domain.slice(0, 80))} is not a domain name.`,
        "Domains have letters, digits, dashes and dots: www.example.com. Correct CNAME or DOMAINS.",
      );
    }
  }
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

function checkPath(what: string, path: string | undefined): void {
  if (path !== undefined && !isSafePath(path)) {
    throw badProject(
      `${what} is not a path that nginx can be given.`,
      "Use an absolute path on the server without spaces, quotes, semicolons, braces, # and $.",
    );
  }
}
