import { mkdirSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { watchFiles } from "./files.ts";
import { normalised } from "./label.ts";
import { createPassings } from "./passing.ts";
import { dataVariable, folderVariable } from "./point.ts";
import { watchProcesses } from "./processes.ts";
import { watchRequests } from "./requests.ts";
import { watchSqlite } from "./sqlite.ts";

// Loaded before Goku's own code (`node --import`): puts points around all that leaves the process. Not into its children.
const folder = process.env[folderVariable];
const data = process.env[dataVariable] ?? "";
delete process.env["NODE_OPTIONS"];
delete process.env[folderVariable];
delete process.env[dataVariable];

if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  const show = (text: string) => normalised(text, data);
  const passings = createPassings(folder);
  const enter = (label: () => string) => passings(() => show(label()));
  watchSqlite(enter, process.argv[1] ?? "");
  watchProcesses(enter);
  watchRequests(enter);
  await watchFiles(enter, show);
  syncBuiltinESMExports();
}
