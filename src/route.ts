import { isAbsolute } from "node:path";

/** One address that answers for a route. */
export interface Backend {
  /** IPv4. */
  readonly address: string;
  readonly port: number;
}

/** Certificate and key as paths on the host. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Domains, and the addresses that answer for them. */
export interface Site {
  readonly domains: readonly string[];
  /** Empty when the app is stopped: its hosts answer 503. */
  readonly backends: readonly Backend[];
}

/** All sites of an app. */
export interface Route {
  /** App id: names the vhost file and the upstreams. */
  readonly app: string;
  /** At least one. */
  readonly sites: readonly Site[];
  /** HTTPS with the owner's certificate; null for plain HTTP. */
  readonly certificate: Certificate | null;
  /** Send plain HTTP to HTTPS with a 301. */
  readonly sslForced: boolean;
  /** Path of an alternative vhost template on the host (NGINX_ALT). */
  readonly template: string | null;
}

export interface PrepareOptions {
  /** Where the files of the certificate are not in order, the one that the app is served with stands in for them. */
  readonly servedCertificate?: boolean;
}

/** Of one app. nginx reads the names of all apps whenever one of them is published. */
export const mostDomains = 1000;

const labelPattern = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** RFC 1035/1123 host names, at most 253 characters, lower case; a leading `*.` is allowed. */
export function isDomain(text: string): boolean {
  const name = text.startsWith("*.") ? text.slice(2) : text;
  return (
    name.length > 0 &&
    text.length <= 253 &&
    name.includes(".") &&
    name.split(".").every((label) => labelPattern.test(label))
  );
}

/** Anything that ends a word, a directive or a block in nginx, begins a comment or a variable, or isn't seen. */
const unsafeInPath = /[\s\p{C}"'`;{}$\\#]/u;

/** True for an absolute path that nginx reads as one word. */
export function isSafePath(path: string): boolean {
  return isAbsolute(path) && !unsafeInPath.test(path);
}
