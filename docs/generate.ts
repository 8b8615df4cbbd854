import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorsPage } from "./errors-page.ts";
import { latestBench, latestScale } from "./latest-bench.ts";
import { limitsPage } from "./limits-page.ts";
import { withWhatTheCodeSays } from "./readme.ts";

// `npm run docs`: writes into the README, docs/errors.md and docs/limits.md what the code knows better.
const readme = resolve(import.meta.dirname, "../README.md");
const errors = resolve(import.meta.dirname, "errors.md");
const limits = resolve(import.meta.dirname, "limits.md");
const [bench, scale] = await Promise.all([latestBench(), latestScale()]);
await writeFile(readme, withWhatTheCodeSays(await readFile(readme, "utf8"), bench, scale));
await writeFile(errors, errorsPage());
await writeFile(limits, limitsPage());
