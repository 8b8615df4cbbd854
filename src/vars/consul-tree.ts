import { isUtf8 } from "node:buffer";
import { isAppName } from "../app.ts";
import { brokenRule, isVarKey } from "../var.ts";

/** One key of Consul's KV store. */
export interface KvEntry {
  /** The whole path: `goku/blog/PORT`. */
  readonly path: string;
  readonly value: Buffer;
  readonly modifyIndex: number;
}

/** The keys right under a folder, by their names; what is deeper, and the folder's own marker, is left out. */
export function childrenOf(folder: string, entries: readonly KvEntry[]): Map<string, KvEntry> {
  return new Map(
    entries
      .map((entry) => [entry.path.slice(folder.length), entry] as const)
      .filter(([name, { path }]) => path.startsWith(folder) && name !== "" && !name.includes("/")),
  );
}

/** ModifyIndex of each var, by app: everything at `<root><app>/<KEY>`. */
export function indexesByApp(
  root: string,
  entries: readonly KvEntry[],
): Map<string, Map<string, number>> {
  const byApp = new Map<string, Map<string, number>>();
  for (const { path, modifyIndex } of entries) {
    const place = placeOf(root, path);
    if (place !== null) {
      const indexes = byApp.get(place.app) ?? new Map<string, number>();
      byApp.set(place.app, indexes.set(place.key, modifyIndex));
    }
  }
  return byApp;
}

function placeOf(root: string, path: string): { app: string; key: string } | null {
  const [app = "", key = "", ...deeper] = path.slice(root.length).split("/");
  const isVar = path.startsWith(root) && isAppName(app) && isVarKey(key) && deeper.length === 0;
  return isVar ? { app, key } : null;
}

/** The value as text, or null where no process could be started with it. */
export function readableValue(key: string, { value }: KvEntry): string | null {
  const text = isUtf8(value) ? value.toString("utf8") : null;
  return text === null || brokenRule(key, text) !== null ? null : text;
}

/** Why an entry somebody else made is left out of an app's vars. */
export function whyUnreadable(key: string, { value }: KvEntry): string {
  if (isVarKey(key) && !isUtf8(value)) {
    return "has a value that is not UTF-8 text";
  }
  return brokenRule(key, value.toString("utf8"))?.why ?? "cannot be read";
}
