import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readSettings } from "../../src/settings/read.ts";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-install-"));
  file = join(folder, "goku.toml");
});
afterAll(() => rm(folder, { recursive: true }));

/** What the installer takes from the settings, before there is a Goku that could read them. */
async function seenByInstaller(env: Readonly<Record<string, string>> = {}) {
  const script = `. ${parts}/say.sh; . ${parts}/settings.sh; settings_file=${file}; read_settings; echo "$data $http $ssh"`;
  return exec("sh", ["-c", script], { env: { PATH: process.env["PATH"] ?? "", ...env } });
}

const texts = [
  "",
  '# data = "/srv/goku"\nhttp = "127.0.0.1:8000"\n',
  "data = '/srv/goku'   # ours\n",
  'data="/srv/goku"\n\tssh = "127.0.0.1:22222" # "quoted"\n',
];

it.each(texts)("reads %j as Goku does", async (text) => {
  await writeFile(file, text);
  const { data, http, ssh } = await readSettings({ env: {}, configFile: file });
  const addresses = [http, ssh].map((listen) => `${listen?.host}:${listen?.port}`);
  expect((await seenByInstaller()).stdout).toBe(`${[data, ...addresses].join(" ")}\n`);
});

it("puts GOKU_* before the file, but for what says whose everything is", async () => {
  const env = { GOKU_DATA: "/srv/goku", GOKU_HTTP: "127.0.0.1:8000", GOKU_SSH: "off" };
  await writeFile(file, 'http = "127.0.0.1:7000"\n');
  expect((await seenByInstaller(env)).stdout).toBe("/var/lib/goku 127.0.0.1:8000 off\n");
  await rm(file);
  expect((await seenByInstaller(env)).stdout).toBe("/srv/goku 127.0.0.1:8000 off\n");
});

it.each(["/", "/var/lib", "goku", "/srv/my goku", "/srv/$(id)"])(
  "refuses %j as the data folder, which it may have to delete",
  async (data) => {
    await writeFile(file, `data = "${data}"\n`);
    expect((await seenByInstaller()).status).toBe(1);
  },
);

it.each(["old.test", "new.test"])(
  "compares the domain with the one that is served: %s",
  async (served) => {
    const template = resolve(parts, "../templates/nginx/nginx.conf.hbs");
    const main = (await readFile(template, "utf8")).replaceAll("{{gokuName}}", `goku.${served}`);
    await mkdir(join(folder, "nginx"), { recursive: true });
    await writeFile(join(folder, "nginx/nginx.conf"), main);
    await rm(file, { force: true });
    const ended = await exec("sh", [
      "-c",
      `set -eu; . ${parts}/say.sh; . ${parts}/settings.sh; data=${folder} settings_file=${file} settings_before=${file}.before
    settings_code() { case $1 in check) echo "new.test 192.0.2.1" ;; toml) echo "# toml" ;; esac; }
    read_settings() { echo "domain = $domain"; }; write_settings 2>&1`,
    ]);
    expect(ended.status).toBe(0);
    const warning = " !     The domain changes from old.test to new.test:";
    expect(ended.stdout.includes(warning)).toBe(served === "old.test");
    expect(ended.stdout).toContain("domain = new.test\n");
  },
);

it("has settings on the disk before they have their name, and those before them as well", async () => {
  await rm(file, { force: true });
  const write = (settings: string) =>
    exec("sh", [
      "-c",
      `set -eu; . ${parts}/say.sh; . ${parts}/settings.sh; data=${folder} settings_file=${file} settings_before=${file}.before
    settings_code() { case $1 in check) echo "new.test 192.0.2.1" ;; toml) echo "${settings}" ;; merge) echo "${settings}" >${file}.new; echo http ;; esac; }
    warn_of_new_domain() { :; }
    sync() { for each in "$@"; do echo "$each: $(cat "$each")"; done; cat ${file} 2>/dev/null || echo none; }; write_settings`,
    ]);
  expect((await write("# one")).stdout).toContain(`${file}.new: # one\nnone\n`);
  expect((await write("# two")).stdout).toContain(
    `${file}.before: # one\n${file}.new: # two\n# one\n`,
  );
  expect(await readFile(file, "utf8")).toBe("# two\n");
});

it("shows no stack trace where Goku's own code cannot be asked", async () => {
  const args = [join(parts, "settings.js"), "/nonexistent", "check"];
  const ended = await exec(process.execPath, args);
  expect(ended.stderr).toMatch(/^ ! {5}Cannot find module .+\n$/);
  expect(ended.status).toBe(1);
});
