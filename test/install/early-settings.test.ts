import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readSettings } from "../../src/settings/read.ts";
import { environmentName, settingRows } from "../../src/settings/table.ts";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");
const module = pathToFileURL(join(parts, "early-settings.js")).href;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-early-"));
  file = join(folder, "goku.toml");
});
afterAll(() => rm(folder, { recursive: true }));

type Asked = readonly [toml: string, env: Readonly<Record<string, string>>];

/** What is found wrong in each. */
async function faults(asked: readonly Asked[]): Promise<string[][]> {
  const script = `import { faultsOf } from ${JSON.stringify(module)};
    import { readFileSync } from "node:fs";
    const asked = JSON.parse(readFileSync(process.argv[1], "utf8")).map(([toml, env]) => faultsOf(toml, env));
    process.stdout.write(JSON.stringify(asked));`;
  const list = join(folder, "asked.json");
  await writeFile(list, JSON.stringify(asked));
  const args = ["--input-type=module", "-e", script, list];
  const ended = await exec(process.execPath, args);
  expect(ended.stderr).toBe("");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(ended.stdout) as string[][];
}

/** Does Goku itself take them? */
async function taken([toml, env]: Asked): Promise<boolean> {
  if (toml !== "") {
    await writeFile(file, toml);
  }
  const configFile = toml === "" ? null : file;
  return readSettings({ env, configFile, defaultFile: join(folder, "none") }).then(
    () => true,
    () => false,
  );
}

// Of every kind of setting some that fit, at their edges too, and some that don't.
const texts = [
  "0.0.0.0:80|:81|localhost:1|[::1]:65535|127.0.0.1:00099|[::]:7|off|none|_x|localhost|Apps.Example.org.",
  "/srv/goku|unix:///run/d.sock|unix:/run/d.sock|goku|a-b|10.0.0.0/16|10.0.0.0/22|192.168.0.0/20",
  "http://127.0.0.1:8500|http:1.2.3.4| HTTPS://a|registry.test/team|[::1]:5000/a/b|servers/goku|a.b|t0k=n~",
  "500ms|1.5 h|60 s|0s|1.5gb|2 tB|5|0|0.5|1.125|999999999|00001|lenient|strict|debug|silent",
  "banana|80|0.0.0.0:0|0.0.0.0:65536|1.2.3:80||::1|1.2.3.4|60|1M|5x|a b|é|a.b/c|http://a//|10.0.0.0/8|1.0.0.0/030",
].flatMap((line) => line.split("|"));

it("refuses nothing that Goku takes", { timeout: 60_000 }, async () => {
  const variables = settingRows.flatMap(({ key }) =>
    texts.map((text): Asked => ["", { [environmentName(key)]: text }]),
  );
  const lines = ["http", "keep_images", "policy"].flatMap((key) =>
    texts.flatMap((text): Asked[] => [
      [`${key} = ${JSON.stringify(text)} # ours\n`, {}],
      [`${key}=${text}\n`, {}],
    ]),
  );
  const asked = [...variables, ...lines];
  const found = await faults(asked);
  const wrong: Asked[] = [];
  for (const [index, each] of asked.entries()) {
    if (found[index]?.length !== 0 && (await taken(each))) {
      wrong.push(each);
    }
  }
  expect(wrong).toEqual([]);
  expect(found.filter(({ length }) => length > 0).length).toBeGreaterThan(1000);
});

it("knows of each setting something that it cannot be", async () => {
  const bad: Readonly<Record<string, string>> = { data: "/", domain: "1.2.3.4", docker: "here" };
  const asked = settingRows.map(({ key }): Asked => {
    return ["", { [environmentName(key)]: bad[key] ?? "/ é" }];
  });
  const found = await faults(asked);
  for (const [index, { key }] of settingRows.entries()) {
    expect(found[index]).toHaveLength(1);
    const said = `^${environmentName(key)}: .+ is not possible\\. Write it as .+\\.$`;
    expect(found[index]?.[0]).toMatch(new RegExp(said));
  }
});

it.each([
  [
    ["", { GOKU_DOMIAN: "a.test" }],
    "GOKU_DOMIAN: there is no such setting. Did you mean GOKU_DOMAIN?",
  ],
  [['htp = ":80"\n', {}], "htp in goku.toml: there is no such setting. Did you mean http?"],
  [['constructor = "a"\n', {}], "constructor in goku.toml: there is no such setting."],
  [["", { GOKU_HTTP: "0.0.0.0:8080" }], "web and http would both listen on port 8080."],
  [["https = '[::]:9'\n", { GOKU_SSH: ":9" }], "ssh and https would both listen on port 9."],
] as const)("says what is wrong with %j", async ([toml, env], said) => {
  const [found = []] = await faults([[toml, env]]);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(said);
  expect(await taken([toml, env])).toBe(false);
});

it("shows no token, and lets the environment mend what the file says", async () => {
  const [shown = [], mended] = await faults([
    ["", { GOKU_CONSUL_TOKEN: "s p" }],
    ['http = "banana"\n', { GOKU_HTTP: ":8000" }],
  ]);
  expect(shown[0]).not.toContain("s p");
  expect(mended).toEqual([]);
});

/** The first thing that `./install.sh host` does, on a machine that is one folder. */
const checkMachine = (env: Readonly<Record<string, string>>) => {
  const script = `set -eu; for part in ${parts}/*.sh; do . "$part"; done
    checkout=${resolve(parts, "..")} settings_file=${file}; check_machine; check_ports`;
  return exec("sh", ["-c", script], { env: { PATH: process.env["PATH"] ?? "", ...env } });
};

it("is told by the installer in a sentence, before anything is changed", async () => {
  await rm(file, { force: true });
  const ended = await checkMachine({ GOKU_HTTP: "banana" });
  const said =
    ' !     GOKU_HTTP: "banana" is not possible. Write it as 0.0.0.0:80.\n !     The settings are not in order. Nothing was changed.\n';
  expect(ended.stderr.startsWith(said)).toBe(true);
  expect(ended.stderr).not.toMatch(/^ +at /m);
  expect(ended.status).toBe(1);
});
