import type { App } from "../../app.ts";
import type { VarChange } from "../../ports.ts";
import type { Release } from "../../release.ts";
import { changeVars, readVars } from "./config.ts";
import type { Parts, Request } from "../parts.ts";
import { readDomainList } from "../plan/wishes.ts";

/** Domains given to the app by `octo`, beside its own host names and those of CNAME. */
export async function readDomains(parts: Parts, app: App): Promise<string[]> {
  const vars = await readVars(parts, app.name);
  return readDomainList(vars["DOMAINS"] ?? "");
}

/** `next` makes the list to set of the one there is. What two people add at once are both kept. */
export async function changeDomains(
  parts: Parts,
  app: App,
  next: (before: readonly string[]) => readonly string[],
  request: Request,
): Promise<{ readonly domains: string[]; readonly release: Release | null }> {
  let domains: string[] = [];
  const choose = (vars: Readonly<Record<string, string>>) => {
    domains = readDomainList(next(readDomainList(vars["DOMAINS"] ?? "")).join(" "));
    const change: VarChange =
      domains.length === 0
        ? { set: {}, remove: ["DOMAINS"] }
        : { set: { DOMAINS: domains.join(" ") }, remove: [] };
    return { change, reason: `domains ${domains.join(" ") || "none"}` };
  };
  const { release } = await changeVars(parts, app, "a change of domains", choose, request);
  return { domains, release };
}
