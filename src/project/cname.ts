import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { isDomain } from "../route.ts";
import { badLine, quote } from "./bad-line.ts";
import { cnameFile } from "./project-files.ts";

export interface Cname {
  /** In the order of the file, lower case, each once. */
  readonly domains: readonly string[];
  /** The last line; null when that cannot be the name of a machine (a wildcard, or more than Linux takes). */
  readonly hostname: string | null;
}

const longestHostname = 64;

/**
 * One domain a line; empty lines and lines that begin with `#` do not count.
 * @param text with `\n` line ends and no byte order mark
 * @throws badProject for a line that is no domain
 */
export function readCname(text: string): Cname {
  const domains = text.split("\n").flatMap((line, index) => readLine(line.trim(), index + 1) ?? []);
  const last = domains.at(-1);
  const fits = last !== undefined && !last.startsWith("*.") && last.length <= longestHostname;
  return { domains: [...new Set(domains)], hostname: fits ? last : null };
}

function readLine(line: string, number: number): string | null {
  if (line === "" || line.startsWith("#")) {
    return null;
  }
  const domain = line.toLowerCase().replace(/\.$/, "");
  if (!isDomain(domain) || isIP(domain) !== 0) {
    throw badLine(cnameFile, number, `${quote(line)} is not a domain.`, fixFor(domain));
  }
  return domain;
}

function fixFor(domain: string): string {
  const withoutScheme = domain.replace(/^[a-z]+:\/\//, "").replace(/[/:].*$/, "");
  const ascii = domainToASCII(withoutScheme);
  return ascii !== domain && isDomain(ascii)
    ? `Write it as: ${ascii}`
    : "Write one domain a line, with nothing else on it, as in: www.example.org";
}
