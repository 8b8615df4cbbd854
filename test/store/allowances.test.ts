import BetterSqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { migrate, migrations } from "../../src/store/migrations.ts";
import { openStore } from "../../src/store/store.ts";
import { databasePath, emptyStore, pushOf } from "./open.ts";

test("an app may nothing until it is allowed, and nothing again once that is taken back", () => {
  const { apps, allowances } = emptyStore();
  apps.create("blog", "main");
  expect(allowances.list("blog-main")).toEqual([]);
  allowances.allow("blog-main", ["volumes", "privileged"]);
  allowances.allow("blog-main", ["privileged"]);
  expect(allowances.list("blog-main")).toEqual(["privileged", "volumes"]);
  allowances.deny("blog-main", ["privileged", "devices"]);
  expect(allowances.list("blog-main")).toEqual(["volumes"]);
});

test("each app has its own", () => {
  const { apps, allowances } = emptyStore();
  apps.create("blog", "main");
  apps.create("blog", "fix");
  allowances.allow("blog-main", ["networks"]);
  expect(allowances.list("blog-fix")).toEqual([]);
});

test("they go with the app, so that another of that name begins without any", () => {
  const { apps, allowances } = emptyStore();
  apps.create("blog", "main");
  allowances.allow("blog-main", ["docker-socket"]);
  apps.remove("blog-main");
  apps.create("blog", "main");
  expect(allowances.list("blog-main")).toEqual([]);
});

test("an app that is not there can be allowed nothing", () => {
  const { allowances } = emptyStore();
  expect(() => allowances.allow("blog-main", ["devices"])).toThrowError(
    expect.objectContaining({ code: "not-found" }),
  );
  expect(() => allowances.deny("blog-main", ["devices"])).not.toThrow();
});

test("a kind of another version of Goku is kept, and not told", () => {
  const path = databasePath();
  const first = openStore(path);
  first.apps.create("blog", "main");
  first.allowances.allow("blog-main", ["build"]);
  first.close();
  const db = new BetterSqlite(path);
  db.prepare("INSERT INTO allowances (app, kind) VALUES ('blog-main', 'moon-landing')").run();
  db.close();
  const second = openStore(path);
  expect(second.allowances.list("blog-main")).toEqual(["build"]);
  second.close();
});

test("a database from before there were allowances gets them, with all that it holds", () => {
  const path = databasePath();
  const old = new BetterSqlite(path);
  migrate(old, migrations.slice(0, 1));
  old.prepare("INSERT INTO repositories (name, label) VALUES ('blog', 'blog')").run();
  old
    .prepare("INSERT INTO apps (id, repository, branch) VALUES ('blog-main', 'blog', 'main')")
    .run();
  old.close();
  const store = openStore(path);
  store.allowances.allow("blog-main", ["devices"]);
  expect(store.allowances.list("blog-main")).toEqual(["devices"]);
  expect(store.releases.create(pushOf("blog-main")).version).toBe(1);
  store.close();
});
