import { isIPv6 } from "node:net";
import type { Backend, Route, Site } from "../../route.ts";
import { accessLogPath } from "../places.ts";
import { checkRoute } from "./check-route.ts";
import { standardTemplate, type Template } from "./templates.ts";

/** A host and a port, to listen on or to be reached at. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What all vhosts have in common. */
export interface Surroundings {
  readonly http: Address;
  readonly https: Address;
  readonly logFolder: string;
}

export interface MainConfiguration {
  readonly user: string | null;
  /** Files that Goku and so nginx may at most have open. */
  readonly maxOpenFiles: number;
  readonly pid: string;
  readonly errorLog: string;
  readonly temp: string;
  readonly state: string;
  readonly vhosts: string;
  readonly http: Address;
  readonly web: Address;
  readonly domain: string;
}

export interface StateConfiguration {
  readonly generation: number;
  readonly leaving: string;
  readonly status: string | null;
  readonly https: Address | null;
}

/**
 * The text of an app's vhost file, from the standard template or another with the same values.
 * @throws badProject where a value could become nginx syntax
 */
export function renderVhost(
  route: Route,
  { http, https, logFolder }: Surroundings,
  template: Template = standardTemplate("vhost"),
): string {
  checkRoute(route);
  const sites = route.sites.map((site, index) => siteValues(site, upstreamName(route.app, index)));
  return template({
    ...sites[0],
    app: route.app,
    sites,
    http: nginxAddress(http),
    https: nginxAddress(https),
    httpsSuffix: https.port === 443 ? "" : `:${https.port}`,
    certificate: route.certificate?.certificate ?? null,
    key: route.certificate?.key ?? null,
    sslForced: route.sslForced,
    accessLog: accessLogPath({ logFolder }, route.app),
  });
}

/** What a template knows of one site. */
interface SiteValues {
  readonly domains: readonly string[];
  readonly serverNames: string;
  readonly backends: readonly Backend[];
  readonly stopped: boolean;
  readonly upstream: string;
}

function siteValues(site: Site, upstream: string): SiteValues {
  const domains = [...new Set(site.domains)];
  return {
    domains,
    serverNames: domains.join(" "),
    backends: site.backends,
    stopped: site.backends.length === 0,
    upstream,
  };
}

/** An app id has no dot, so that no app's first upstream is called as another's second. */
function upstreamName(app: string, index: number): string {
  return index === 0 ? app : `${app}.${index + 1}`;
}

/** The text of nginx.conf, or of its like for a check of one vhost. */
export function renderMain(configuration: MainConfiguration): string {
  const { http, web, domain, maxOpenFiles, ...rest } = configuration;
  const openFiles = Math.min(65536, maxOpenFiles);
  return standardTemplate("nginx")({
    ...rest,
    openFiles,
    // A request that is passed on has two connections, and nginx warns where connections could exceed files.
    connections: Math.min(8192, Math.floor(openFiles / 2)),
    http: nginxAddress(http),
    web: nginxAddress(reachable(web)),
    gokuName: `goku.${domain}`,
  });
}

/** The text of the small file that is written anew for every reload. */
export function renderState({ https, ...rest }: StateConfiguration): string {
  return standardTemplate("state")({ ...rest, https: https === null ? null : nginxAddress(https) });
}

/** True for a vhost that answers HTTPS, whichever template it came from. */
export function usesHttps(vhost: string): boolean {
  return /^\s*listen\s[^;]*\bssl\b/m.test(vhost);
}

export function nginxAddress({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Who listens everywhere is reached on loopback, by IPv4 also where it is `::`: not every machine has `::1`. */
function reachable({ host, port }: Address): Address {
  return { host: host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host, port };
}
