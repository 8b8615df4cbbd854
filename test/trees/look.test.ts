import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PathFacts, Tree } from "../../src/compose-ports.ts";
import { exec } from "../support/exec.ts";
import { createShelf, type Files, type Shelf } from "./shelf.ts";

let shelf: Shelf;

beforeAll(async () => {
  shelf = await createShelf();
});

afterAll(async () => {
  await shelf.destroy();
});

const lookAt = async (tree: Tree, path: string): Promise<PathFacts | undefined> =>
  (await shelf.trees.look(tree, [path], [])).get(path);

const hashOf = async (tree: Tree, path: string) =>
  (await shelf.trees.look(tree, [], [path])).get(path)?.hash;

describe("looking at a path", () => {
  let tree: Tree;
  beforeAll(async () => {
    tree = await shelf.tree({
      "config/app.ini": "ini",
      inner: "-> config",
      back: "-> ../../../checkouts",
      passwd: "-> /etc/passwd",
      dangling: "-> /nowhere/at/all",
      hole: "-> config/missing.ini",
      sly: "-> missing/../../../../../kept",
      loop: "-> loop",
      deep: "-> inner/../passwd",
    });
  });

  it.each<[string, Partial<PathFacts>]>([
    ["config", { where: "tree", form: "folder", path: "config" }],
    ["./config/", { where: "tree", form: "folder", path: "config" }],
    ["", { where: "tree", form: "folder", path: "" }],
    ["config/app.ini", { where: "tree", form: "file", path: "config/app.ini" }],
    ["inner/app.ini", { where: "tree", form: "file", path: "config/app.ini" }],
    ["data/db", { where: "missing", form: null, path: "data/db" }],
    ["inner/new", { where: "missing", form: null, path: "config/new" }],
    ["hole", { where: "missing", form: null, path: "config/missing.ini" }],
    ["config/app.ini/x", { where: "missing", form: null, path: "config/app.ini/x" }],
    ["passwd", { where: "outside", form: "file", path: null, real: "/etc/passwd" }],
    ["deep", { where: "outside", form: "file", path: null, real: "/etc/passwd" }],
    ["dangling", { where: "outside", form: null, path: null, real: "/nowhere/at/all" }],
    ["dangling/x", { where: "outside", form: null, path: null, real: "/nowhere/at/all/x" }],
    ["back", { where: "outside", form: "folder", path: null }],
    ["sly", { where: "outside", path: null }],
    ["loop", { where: "outside", form: null, path: null }],
    ["..", { where: "outside", form: "folder", path: null }],
    ["/dev/null", { where: "outside", form: "other", path: null, real: "/dev/null" }],
    ["/no/such", { where: "outside", form: null, path: null, real: "/no/such" }],
  ])("says where %j leads", async (path, facts) => {
    expect(await lookAt(tree, path)).toMatchObject({ ...facts, hash: null });
  });

  it("takes absolute paths too, and hashes only what it is asked to", async () => {
    const path = join(tree.folder, "config");
    const facts = await shelf.trees.look(tree, [path, "inner"], ["inner", "passwd", "hole"]);
    expect(facts.get(path)).toMatchObject({ path: "config", hash: null });
    expect(facts.get("inner")?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(facts.get("passwd")?.hash).toBeNull();
    expect(facts.get("hole")?.hash).toBeNull();
  });

  it("does not take a neighbour whose name begins alike for the tree", async () => {
    expect(await lookAt(tree, `${tree.folder}x/config`)).toMatchObject({ where: "outside" });
  });
});

describe("a hash", () => {
  const files: Files = { "a/b": "b", "a/c": "x c", "a/l": "-> b" };

  it("is of names and contents, not of times or checkouts", async () => {
    const [one, two] = [await shelf.tree(files), await shelf.tree({ ...files, z: "z" })];
    await utimes(join(one.folder, "a/b"), 1, 1);
    expect(await hashOf(one, "a")).toBe(await hashOf(two, "a"));
    expect(await hashOf(one, "a/b")).toBe(await hashOf(two, "a/b"));
  });

  it("differs from that of the tree as it was before every kind of change", async () => {
    const trees = await Promise.all(
      [
        files,
        { ...files, "a/b": "B" },
        { ...files, "a/b": "x b" },
        { ...files, "a/b": "" },
        { ...files, "a/c": " c" },
        { ...files, "a/l": "-> c" },
        { ...files, "a/l": "b" },
        { ...files, "a/d": "" },
        { "a/b": "b", "a/c": "x c", "a/m": "-> b" },
        { "a/b/b": "b", "a/c": "x c", "a/l": "-> b" },
        { a: "b" },
      ].map((each) => shelf.tree(each)),
    );
    const hashes = await Promise.all(trees.map((tree) => hashOf(tree, "a")));
    expect(new Set(hashes).size).toBe(trees.length);
  });

  it("reads long files, names that are no text, and waits for no pipe", async () => {
    const tree = await shelf.tree({ "long/1": "1".repeat(200_000), "long/2": "2" });
    const made = await exec("sh", ["-c", 'mkfifo pipe; printf x > "$(printf "\\377\\376")"'], {
      cwd: join(tree.folder, "long"),
    });
    expect(made.status).toBe(0);
    expect(await hashOf(tree, "long")).toMatch(/^[0-9a-f]{64}$/);
    expect(await lookAt(tree, "long/pipe")).toMatchObject({ where: "tree", form: "other" });
    expect(await hashOf(tree, "long/pipe")).toBeNull();
    expect(await shelf.trees.readText(tree, "long/pipe")).toBeNull();
    const other = await shelf.tree({ "long/1": "1".repeat(200_001), "long/2": "2" });
    expect(await hashOf(other, "long/1")).not.toBe(await hashOf(tree, "long/1"));
  });
});

describe("the text of a file", () => {
  it("is read inside the tree only, and up to 128 KiB", async () => {
    const limit = 128 * 1024;
    const tree = await shelf.tree({
      "compose.yaml": "services: {}",
      ü: "ü",
      link: "-> compose.yaml",
      passwd: "-> /etc/passwd",
      most: "m".repeat(limit),
      more: "m".repeat(limit + 1),
    });
    const read = (path: string) => shelf.trees.readText(tree, path);
    expect(await read("compose.yaml")).toBe("services: {}");
    expect(await read("ü")).toBe("ü");
    expect(await read("link")).toBe("services: {}");
    expect(await read("most")).toHaveLength(limit);
    await exec("sh", ["-c", String.raw`printf 'FROM a\240' > latin1`], { cwd: tree.folder });
    for (const path of ["latin1", "passwd", "more", "missing", "", "../x", "/etc/passwd"]) {
      expect(await read(path)).toBeNull();
    }
  });
});
