import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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
