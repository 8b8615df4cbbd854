import { rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { NewRelease, Store } from "../../src/store-ports.ts";
import { openStore } from "../../src/store/store.ts";
import { quickFolder } from "../support/quick-folder.ts";

/** A path for a database, gone with the test. */
export function databasePath(): string {
  const folder = quickFolder("goku-store-");
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "goku.db");
}

/** An empty store, gone with the test. */
export function emptyStore(): Store {
  const store = openStore(databasePath());
  onTestFinished(() => store.close());
  return store;
}

export function pushOf(app: string, extra: Partial<NewRelease> = {}): NewRelease {
  return { app, commit: "c".repeat(40), door: "push", by: "laptop", reason: "push", ...extra };
}
