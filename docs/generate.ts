import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorsPage } from "./errors-page.ts";
import { withSettings } from "./readme.ts";

// `npm run docs`: writes into the README and docs/errors.md what the code knows better.
const path = resolve(import.meta.dirname, "../README.md");
const readme = withSettings(await readFile(path, "utf8").catch(() => ""));
if (readme === null) {
  process.stdout.write(
    `${path} has no place for the settings: <!-- settings --> and <!-- /settings -->\n`,
  );
} else {
  await writeFile(path, readme);
  process.stdout.write(`${path}: settings written\n`);
}

const errors = resolve(import.meta.dirname, "errors.md");
await writeFile(errors, errorsPage());
process.stdout.write(`${errors}: written\n`);
