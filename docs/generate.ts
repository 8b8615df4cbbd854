import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorsPage } from "./errors-page.ts";
import { latestBench, latestScale } from "./latest-bench.ts";
import { withWhatTheCodeSays } from "./readme.ts";

// `npm run docs`: writes into the README and docs/errors.md what the code knows better.
const readme = resolve(import.meta.dirname, "../README.md");
const errors = resolve(import.meta.dirname, "errors.md");
const [bench, scale] = await Promise.all([latestBench(), latestScale()]);
await writeFile(readme, withWhatTheCodeSays(await readFile(readme, "utf8"), bench, scale));
await writeFile(errors, errorsPage());
