import { resolve } from "node:path";

/** argv of a program as people run it; build-dist.ts has made it. */
export function program(name: "goku" | "octo"): readonly [node: string, script: string] {
  return [process.execPath, resolve(import.meta.dirname, "../../dist/bin", `${name}.js`)];
}
