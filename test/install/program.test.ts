import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-program-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Provides SQLite in an empty folder where it works once a command like this has run; prints what is said and run. */
const provideSqlite = (working: string, missing = "") =>
  exec("sh", [
    "-c",
    `set -eu; cd ${folder}; for part in ${parts}/*.sh; do . "$part"; done; ran=; current=${folder}
    list_missing_compilers() { echo ${missing}; }; apt_install() { logged apt "$1"; }
    logged() { echo "+ $*"; ran="$ran$*"; }; fail_logged() { fail "$1"; }
    sqlite_works() { case $ran in *"${working}"*) ;; *) false ;; esac; }
    provide_sqlite 2>&1`,
  ]);

it("compiles nothing where there is a ready-made SQLite", async () => {
  const ended = await provideSqlite("prebuild-install");
  expect(ended.stdout).toContain("fetching a ready-made SQLite\n");
  expect(ended.stdout).not.toContain("npm rebuild");
  expect(ended.status).toBe(0);
});

it("says that SQLite is compiled and how long it takes, and does so once", async () => {
  const { stdout, status } = await provideSqlite("npm rebuild", "g++");
  expect(stdout.indexOf("compiling SQLite")).toBeGreaterThan(stdout.indexOf("+ apt g++\n"));
  expect(stdout).toContain("one to three minutes\n");
  expect(stdout.match(/npm rebuild/g)).toHaveLength(1);
  expect(stdout).toContain("npm_config_build_from_source=true");
  expect(status).toBe(0);
});

it("ends where SQLite could not be compiled", async () => {
  const ended = await provideSqlite("nothing");
  expect(ended.stdout).toContain("better-sqlite3 could not be built");
  expect(ended.status).toBe(1);
});

/** Runs shell commands in a checkout of its own with a goku in it that is compiled by a copy. */
async function sh(checkout: string, commands: string) {
  return exec("sh", [
    "-c",
    `set -eu; for part in ${parts}/*.sh; do . "$part"; done
    checkout=${checkout} abi=here build=${checkout}/../build versions=${checkout}/../versions
    staging=$versions/.staging
    provide_packages() { mkdir -p node_modules; }
    logged() { if [ "$*" = "npm run build" ]; then mkdir -p dist/bin; cp src/goku.ts dist/bin/goku.js; fi; }
    ${commands}`,
  ]);
}

async function checkoutWith(...files: string[]): Promise<string> {
  const checkout = join(await mkdtemp(join(folder, "checkout-")), "goku");
  for (const file of files) {
    await mkdir(dirname(join(checkout, file)), { recursive: true });
    await writeFile(join(checkout, file), file === "package.json" ? '{"version":"1.2.3"}' : file);
  }
  return checkout;
}

const ofGoku = [
  ".npmrc",
  "LICENSE",
  "install.sh",
  "install/say.sh",
  "package-lock.json",
  "package.json",
  "src/goku.ts",
  "templates/nginx/vhost.conf.hbs",
  "tsconfig.build.json",
  "tsconfig.json",
];
const ofOthers = ["goku.tgz", "blog-main_data.tgz", "vars.sh", ".env", "keys/id_ed25519"];

it("takes from a checkout what is Goku's, and nothing that somebody put into it", async () => {
  const version = async (...files: string[]) =>
    (await sh(await checkoutWith(...files), "version_of_checkout")).stdout;
  const checkout = await checkoutWith(...ofGoku, ...ofOthers);
  const listed = await sh(checkout, "program_files | tr '\\0' '\\n'");
  expect(listed.stdout.trim().split("\n")).toEqual(ofGoku);
  expect(await version(...ofGoku)).toMatch(/^1\.2\.3-\w{12}\n$/);
  expect(await version(...ofGoku, ...ofOthers)).toBe(await version(...ofGoku));
});

it("has a version on the disk before it has its name, by which it is taken for whole", async () => {
  const checkout = await checkoutWith(...ofGoku);
  const versions = join(checkout, "../versions");
  const said = `sync() { echo "$*: $(cat "$2/dist/bin/goku.js")"; ls -A "$versions"; }`;
  const ended = await sh(checkout, `${said}; build_version 1.2.3`);
  expect(ended.stdout).toContain(`-f ${checkout}/../versions/.staging: src/goku.ts\n.staging\n`);
  expect(ended.status).toBe(0);
  expect(await readdir(versions)).toEqual(["1.2.3"]);
});
