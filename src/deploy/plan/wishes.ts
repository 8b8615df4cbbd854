import { badProject } from "../../errors.ts";
import { type Certificate, isDomain, isSafePath } from "../../route.ts";
import { reservedVars } from "../../var.ts";
import { readScale, type Scale } from "./scale.ts";

/** What an app's reserved config vars ask of Goku. */
export interface Wishes {
  readonly scale: Scale;
  readonly domains: readonly string[];
  /** Docker's notation; null for no limit. */
  readonly memoryLimit: string | null;
  readonly noHttp: boolean;
  /** Path that must answer 2xx or 3xx; null for none. */
  readonly check: string | null;
  readonly checkInterval: string | null;
  readonly template: string | null;
  readonly certificate: Certificate | null;
  readonly sslForced: boolean;
}

type Values = Readonly<Record<string, string>>;

const off = new Set(["", "0", "false", "no", "off"]);
const on = new Set(["1", "true", "yes", "on"]);
const switches = ["NO_HTTP_PROXY", "SSL_FORCED"] as const;

/** As Go writes a duration, which is what Consul reads. */
const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;

/** Each of a project's services asks for them. */
const known = new WeakMap<Values, Wishes>();

/** @param app for the hint. @throws badProject naming the var that cannot be followed */
export function readWishes(vars: Values, app = "APP"): Wishes {
  const wishes = known.get(vars) ?? wishesOf(vars, app);
  known.set(vars, wishes);
  return wishes;
}

function wishesOf(vars: Values, app: string): Wishes {
  const sslForced = isOn(vars["SSL_FORCED"]);
  return {
    scale: readScale(vars["CONTAINERS"], app),
    domains: readDomainList(vars["DOMAINS"] ?? ""),
    memoryLimit: readMemory(vars["MEMORY_LIMIT"], app),
    noHttp: isOn(vars["NO_HTTP_PROXY"]),
    check: checkPath(vars["CUSTOM_CHECK"], app),
    checkInterval: vars["CUSTOM_CHECK_INTERVAL"] || null,
    template: readPath(vars, "NGINX_ALT") || null,
    certificate: readCertificate(vars, sslForced, app),
    sslForced,
  };
}

/**
 * Refuses values that somebody sets and that say nothing. Releases that have such values go on as they did.
 * @throws badProject naming the var
 */
export function assertUnderstood(set: Values): void {
  for (const name of switches) {
    const word = switchWord(set[name]);
    if (!on.has(word) && !off.has(word)) {
      throw badProject(
        `${name} is "${word.slice(0, 80)}", which is neither yes nor no.`,
        `Set it to 1 or 0: octo config:set APP/${name}=1`,
      );
    }
  }
  const interval = set["CUSTOM_CHECK_INTERVAL"] ?? "";
  if (interval !== "" && !(durationPattern.test(interval) && /[1-9]/.test(interval))) {
    throw badProject(
      `CUSTOM_CHECK_INTERVAL is "${interval.slice(0, 80)}", which is no length of time.`,
      "Write it as Consul does: octo config:set APP/CUSTOM_CHECK_INTERVAL=30s",
    );
  }
}

/** The path of CUSTOM_CHECK, which may be given as a path or, as octohost had it, a URL. */
export function checkPath(customCheck: string | undefined, app = "APP"): string | null {
  if (customCheck === undefined || customCheck === "") {
    return null;
  }
  const url = URL.parse(customCheck, "http://app.invalid/");
  if (url === null || !url.protocol.startsWith("http")) {
    throw badProject(
      `CUSTOM_CHECK is "${customCheck}", which is neither a path nor a URL.`,
      `Set it to a path that answers 2xx or 3xx: octo config:set ${app}/CUSTOM_CHECK /health`,
    );
  }
  return url.pathname + url.search;
}

/** What stands where domains are to be. */
export function domainWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((domain) => domain !== "");
}

/** Domains separated by spaces or commas, lower-cased, unique, sorted. */
export function readDomainList(text: string): string[] {
  const domains = domainWords(text);
  const bad = domains.find((domain) => !isDomain(domain));
  if (bad !== undefined) {
    throw badProject(
      `"${bad.slice(0, 80)}" is not a domain.`,
      "A domain looks like blog.example.org, or *.example.org for everything below it.",
    );
  }
  return [...new Set(domains)].sort();
}

/** Vars that containers get: all but those that steer Goku. */
export function containerEnv(vars: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(vars).filter(([key]) => !reservedVars.has(key)));
}

function isOn(value: string | undefined): boolean {
  return !off.has(switchWord(value));
}

function switchWord(value = ""): string {
  return value.trim().toLowerCase();
}

function readMemory(value: string | undefined, app: string): string | null {
  if (value === undefined || value === "") {
    return null;
  }
  if (!/^[1-9][0-9]*[bkmg]?$/i.test(value)) {
    throw badProject(
      `MEMORY_LIMIT is "${value}", which is not an amount of memory.`,
      `Write it as Docker does: octo config:set ${app}/MEMORY_LIMIT 512m`,
    );
  }
  return value.toLowerCase();
}

function readCertificate(vars: Values, sslForced: boolean, app: string): Certificate | null {
  const certificate = readPath(vars, "SSL_CERTIFICATE");
  const key = readPath(vars, "SSL_KEY");
  if (certificate !== "" && key !== "") {
    return { certificate, key };
  }
  if (certificate !== "" || key !== "" || sslForced) {
    throw badProject(
      "HTTPS needs both SSL_CERTIFICATE and SSL_KEY.",
      `Set both to paths on the server: octo config:set ${app}/SSL_CERTIFICATE=/etc/ssl/app.pem ${app}/SSL_KEY=/etc/ssl/app.key`,
    );
  }
  return null;
}

/** Never shows the value: somebody may have set the key itself instead of its path. */
function readPath(vars: Values, name: string): string {
  const path = vars[name] ?? "";
  if (path !== "" && !isSafePath(path)) {
    throw badProject(
      `${name} is not a path on the server.`,
      "Set it to an absolute path without spaces, quotes, semicolons, braces, # and $.",
    );
  }
  return path;
}
