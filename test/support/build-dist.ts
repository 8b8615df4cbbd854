import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

/** vitest's global setup: what tests start as a program of its own is what people run, and up to date. */
export function setup(): void {
  const root = resolve(import.meta.dirname, "../..");
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
}
