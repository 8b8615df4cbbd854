import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorsPage } from "./errors-page.ts";
import { latestBench } from "./latest-bench.ts";
import { withWhatTheCodeSays } from "./readme.ts";

// `npm run docs`: writes into the README and docs/errors.md what the code knows better.
const readme = resolve(import.meta.dirname, "../README.md");
const errors = resolve(import.meta.dirname, "errors.md");
await writeFile(readme, withWhatTheCodeSays(await readFile(readme, "utf8"), await latestBench()));
await writeFile(errors, errorsPage());
