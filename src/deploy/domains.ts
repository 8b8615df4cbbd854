import type { App } from "../app.ts";
import type { VarChange } from "../ports.ts";
import type { Release } from "../release.ts";
import { readVars, setVars } from "./config.ts";
import type { Parts, Request } from "./parts.ts";
import { readDomainList } from "./wishes.ts";

/** Domains given to the app by `octo`, beside its own host names and those of CNAME. */
export async function readDomains(parts: Parts, app: App): Promise<string[]> {
  const vars = await readVars(parts, app.name);
  return readDomainList(vars["DOMAINS"] ?? "");
}

export async function setDomains(
  parts: Parts,
  app: App,
  domains: readonly string[],
  request: Request,
): Promise<{ readonly domains: string[]; readonly release: Release | null }> {
  const wanted = readDomainList(domains.join(" "));
  const change: VarChange =
    wanted.length === 0
      ? { set: {}, remove: ["DOMAINS"] }
      : { set: { DOMAINS: wanted.join(" ") }, remove: [] };
  const options = { restart: true, reason: `domains ${wanted.join(" ") || "none"}` };
  const { release } = await setVars(parts, app.name, change, options, request);
  return { domains: wanted, release };
}
