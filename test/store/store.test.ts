import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { migrate, migrations } from "../../src/store/migrations.ts";
import { openStore } from "../../src/store/store.ts";
import { databasePath, pushOf } from "./open.ts";

test("what was written is there when it is opened again", () => {
  const path = databasePath();
  const first = openStore(path);
  first.apps.create("blog", "main");
  first.releases.create(pushOf("blog-main"));
  first.close();
  const second = openStore(path);
  expect(second.releases.list("blog-main")).toHaveLength(1);
  second.close();
});

test("nobody else can read any of its files, even where one was there before", () => {
  const path = databasePath();
  writeFileSync(path, "");
  chmodSync(path, 0o666);
  const store = openStore(path);
  store.apps.create("blog", "main");
  const files = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
  expect(files).toContain(`${basename(path)}-wal`);
  for (const file of files) {
    expect([file, statSync(join(dirname(path), file)).mode & 0o777]).toEqual([file, 0o600]);
  }
  store.close();
});

test("it is set up to survive a killed process and to keep its references", () => {
  const path = databasePath();
  openStore(path).close();
  const db = new BetterSqlite(path);
  expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(db.pragma("user_version", { simple: true })).toBe(migrations.length);
  const tables = db.prepare(
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0",
  );
  expect(tables.pluck().all()).toEqual(["sqlite_sequence", "sqlite_schema"]);
  db.close();
});

test("a database of a newer Goku is left as it is", () => {
  const path = databasePath();
  openStore(path).close();
  const db = new BetterSqlite(path);
  db.pragma(`user_version = ${migrations.length + 1}`);
  db.close();
  expect(() => openStore(path)).toThrowError(
    expect.objectContaining({
      code: "unavailable",
      message: `The database ${path} was written by a newer Goku (its version is ${migrations.length + 1}, this Goku knows ${migrations.length}).`,
    }),
  );
});

test("a file that is no database is named", () => {
  const path = databasePath();
  writeFileSync(path, "this is not a database, it only has its name\n".repeat(100));
  expect(() => openStore(path)).toThrowError(/goku\.db cannot be used: .*not a database/);
});

test("a folder that is not there is named", () => {
  const path = join(dirname(databasePath()), "no-such-folder", "goku.db");
  expect(() => openStore(path)).toThrowError(/no-such-folder.goku\.db cannot be used/);
});

test("a migration that fails halfway leaves nothing of itself, and the next start takes it up", () => {
  const db = new BetterSqlite(":memory:");
  const broken = ["CREATE TABLE one (a TEXT) STRICT", "CREATE TABLE two (a TEXT) STRICT; oops"];
  expect(() => migrate(db, broken)).toThrowError(/syntax/);
  const tables = () => db.prepare("SELECT name FROM sqlite_schema").pluck().all();
  expect(tables()).toEqual(["one"]);
  expect(db.pragma("user_version", { simple: true })).toBe(1);
  migrate(db, [broken[0] ?? "", "CREATE TABLE two (a TEXT) STRICT"]);
  expect(tables()).toEqual(["one", "two"]);
});

test("a process killed while it writes leaves exactly one release live", async () => {
  const path = databasePath();
  const writer = spawn(
    process.execPath,
    ["--import", "tsx", join(import.meta.dirname, "endless-writer.ts"), path],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await once(writer.stdout, "data");
  writer.kill("SIGKILL");
  await once(writer, "exit");

  const store = openStore(path);
  const releases = store.releases.list("blog-main");
  expect(releases.length).toBeGreaterThan(1);
  expect(releases.filter(({ status }) => status === "live")).toHaveLength(1);
  const live = store.releases.live("blog-main")?.version ?? 0;
  expect(releases[0]?.version).toBeLessThanOrEqual(live + 1);
  store.close();
  const db = new BetterSqlite(path);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
});

test("releases of Dockerfiles that an older Goku wrote have no volumes", () => {
  const path = databasePath();
  const old = new BetterSqlite(path);
  migrate(old, migrations.slice(0, 2));
  old.exec(`
    INSERT INTO repositories (name, label) VALUES ('blog', 'blog');
    INSERT INTO apps (id, repository, branch) VALUES ('blog-main', 'blog', 'main');
  `);
  const insert = old.prepare(
    `INSERT INTO releases (app, version, status, commit_hash, door, made_by, reason, project, vars, domains, scale, created_at)
     VALUES ('blog-main', ?, 'retired', 'c', 'push', 'ann', 'push', ?, '{}', '[]', 1, '')`,
  );
  insert.run(1, JSON.stringify({ kind: "dockerfile", port: 80 }));
  insert.run(2, JSON.stringify({ kind: "compose" }));
  insert.run(3, null);
  old.close();
  const store = openStore(path);
  expect(store.releases.list("blog-main").map(({ project }) => project)).toEqual([
    null,
    { kind: "compose" },
    { kind: "dockerfile", port: 80, volumes: [] },
  ]);
  store.close();
});

test("apps of an older Goku are taken to be cleared up after", () => {
  const path = databasePath();
  const old = new BetterSqlite(path);
  migrate(old, migrations.slice(0, 6));
  old.exec(`
    INSERT INTO repositories (name, label) VALUES ('blog', 'blog');
    INSERT INTO apps (id, repository, branch, last_version) VALUES ('blog-main', 'blog', 'main', 3);
  `);
  old.close();
  const store = openStore(path);
  expect(store.apps.uncleared()).toEqual([]);
  store.close();
});

test("before it is brought up it is kept as it was, for nobody else to read", () => {
  const path = databasePath();
  const old = new BetterSqlite(path);
  migrate(old, migrations.slice(0, 2));
  old.exec("INSERT INTO repositories (name, label) VALUES ('blog', 'blog')");
  old.close();
  openStore(path).close();
  openStore(path).close();
  const copies = readdirSync(dirname(path)).filter((name) =>
    name.startsWith(`${basename(path)}.v`),
  );
  expect(copies).toEqual([`${basename(path)}.v2`]);
  expect(statSync(`${path}.v2`).mode & 0o777).toBe(0o600);
  const copy = new BetterSqlite(`${path}.v2`, { readonly: true });
  expect(copy.pragma("user_version", { simple: true })).toBe(2);
  expect(copy.prepare("SELECT name FROM repositories").pluck().all()).toEqual(["blog"]);
  copy.close();
});
