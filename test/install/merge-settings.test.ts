import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const module = pathToFileURL(resolve(import.meta.dirname, "../../install/merge-settings.js")).href;

/** The text of a goku.toml once these settings are in it. */
async function merged(text: string, given: Readonly<Record<string, string>>): Promise<string> {
  const script = `import { mergeSettings } from ${JSON.stringify(module)};
    process.stdout.write(mergeSettings(...JSON.parse(process.argv[1])));`;
  const args = ["--input-type=module", "-e", script, JSON.stringify([text, given])];
  const ended = await exec(process.execPath, args);
  expect(ended.stderr).toBe("");
  return ended.stdout;
}

const domain = { domain: "a.test" };

it.each([
  ["", 'domain = "a.test"\n'],
  ["# mine", '# mine\ndomain = "a.test"\n'],
  ['# domain = "x.test"\n', 'domain = "a.test"\n'],
  ['domain = "b.test" # ours\nhttp = 1\n', 'domain = "a.test" # ours\nhttp = 1\n'],
  ["  domain='b # c'\n", '  domain="a.test"\n'],
  ["domain = 5\n", 'domain = "a.test"\n'],
  // What is set counts, and not an example above it.
  ['# domain = "x.test"\ndomain = "b.test"\n', '# domain = "x.test"\ndomain = "a.test"\n'],
  // Another setting that ends like it is another one.
  ['my_domain = "b.test"\n', 'my_domain = "b.test"\ndomain = "a.test"\n'],
  ["# Suffix: domain = what follows\n", '# Suffix: domain = what follows\ndomain = "a.test"\n'],
])("writes a setting into %j", async (text, wanted) => {
  expect(await merged(text, domain)).toBe(wanted);
});

it.each(["$& $1", String.raw`a\b"c`, "x\ny"])("writes %j as it is", async (value) => {
  const text = await merged('# consul_token = "none"\n', { consul_token: value });
  expect(text).toBe(`consul_token = ${JSON.stringify(value)}\n`);
});
