import { writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { exec } from "../support/exec.ts";
import { databasePath } from "./open.ts";

const source = resolve(import.meta.dirname, "../../src");

test("a compiled part that does not load, as after an upgrade of Node, is not taken for a bad database", async () => {
  const path = databasePath();
  const broken = join(dirname(path), "better_sqlite3.node");
  writeFileSync(broken, "built for something else");
  // In a process of its own: what is loaded once stays.
  const open = `
    import { openStore } from "${source}/store/store.ts";
    const load = process.dlopen;
    process.dlopen = (module) => load(module, "${broken}");
    try { openStore("${path}"); } catch (error) { console.log(error.message + "\\n" + error.hint); }`;
  const args = ["--import", "tsx", "--input-type=module", "-e", open];
  const { stdout } = await exec(process.execPath, args);
  expect(stdout).toContain(`SQLite does not load in Node ${process.versions.node}: ${broken}: `);
  expect(stdout).toContain("./install.sh host");
});
