import type { App } from "../app.ts";
import { type Cname, readCname } from "./cname.ts";
import { normalised } from "./normalised.ts";
import { cnameFile } from "./project-files.ts";

/** Domains of CNAME, which belong to the default branch. @throws badProject for a line that is no domain */
export function readDomains(
  files: ReadonlyMap<string, string>,
  app: App,
): Cname & { readonly notes: readonly string[] } {
  const text = files.get(cnameFile);
  if (text === undefined) {
    return { domains: [], hostname: null, notes: [] };
  }
  if (!isDefaultBranch(app)) {
    const note = `${cnameFile} counts on the default branch only: this branch keeps to its own host name.`;
    return { domains: [], hostname: null, notes: [note] };
  }
  return { ...readCname(normalised(cnameFile, text)), notes: [] };
}

/** An app is called by its id on every branch but the default one. */
export function isDefaultBranch({ id, name }: App): boolean {
  return name !== id;
}
