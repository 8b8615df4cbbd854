import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createGit, type Git } from "../../../src/receiver/repository/git.ts";
import { beginWhereShallow } from "../../../src/receiver/repository/shallow.ts";
import { readFileIfAny } from "../../../src/system/file.ts";
import { run } from "../../../src/system/process.ts";
import { gitUser } from "../../support/git-user.ts";
import { createShelf, type Shelf } from "../support/tree.ts";

let shelf: Shelf;

beforeAll(async () => {
  shelf = await createShelf();
});

afterAll(async () => {
  await shelf.destroy();
});

const main = "refs/heads/main";
const pathOf = (repository: string) => join(shelf.folder, "repositories", `${repository}.git`);
const beginnings = (repository: string) => readFileIfAny(join(pathOf(repository), "shallow"));

/** A repository with a commit on `main`, and a younger one on no ref. @returns the younger one */
async function withWholeHistory(name: string): Promise<string> {
  const copy = await shelf.work(name, { a: "1" });
  await shelf.put(copy, name);
  const younger = await shelf.commit(copy, { a: "2" });
  await shelf.put(copy, name, "refs/heads/next");
  await shelf.repositories.removeRef(name, "refs/heads/next");
  return younger;
}

it.each(["alone", "among-others"])(
  "what a shallow clone sent, %s, is the first of its history",
  async (name) => {
    const { repositories, git, work, commit, put } = shelf;
    if (name === "among-others") {
      await put(await work("others", { a: "1" }), name);
    }
    const path = await repositories.prepare(name);
    const whole = await work(`${name}-whole`, { b: "1" });
    await commit(whole, { b: "2" });
    const clone = join(shelf.folder, "work", `${name}-ci`);
    await git(shelf.folder, "clone", "-q", "--depth=1", `file://${whole}`, clone);
    const head = await git(clone, "rev-parse", "HEAD");
    await git(clone, "tag", "-a", "-m", "one", "v1");
    const tag = await git(clone, "rev-parse", "v1");
    await git(path, "fetch", "-q", "--no-tags", "--update-shallow", clone, "v1:refs/sent");
    // Only git, where it moves the ref, writes this down.
    await repositories.removeRef(name, "refs/sent");
    await rm(join(path, "shallow"));
    expect(await repositories.moveRef(name, "refs/tags/v1", tag, null)).toBe(true);
    expect(await beginnings(name)).toBe(`${head}\n`);
    const file = await stat(join(path, "shallow"));
    expect(file.uid).toBe((await stat(join(path, "HEAD"))).uid);
    expect(await readdir(path)).not.toContain("shallow.lock");
    await git(path, "fsck", "--connectivity-only");
  },
);

it.each([
  ["well", null],
  ["empty", ""],
  ["leading nowhere", `${"1".repeat(40)}\n`],
])("a whole history stays whole beside a ref that is %s", async (what, content) => {
  const name = what.replace(" ", "-");
  const younger = await withWholeHistory(name);
  if (content !== null) {
    await writeFile(join(pathOf(name), "refs/heads/other"), content);
  }
  expect(await shelf.repositories.moveRef(name, "refs/heads/new", younger, null)).toBe(true);
  expect(await beginnings(name)).toBeNull();
});

it("a history that a power cut damaged is not cut off there", async () => {
  const { repositories, git } = shelf;
  const younger = await withWholeHistory("damaged");
  const path = pathOf("damaged");
  const older = await git(path, "rev-parse", main);
  await repositories.removeRef("damaged", main);
  const object = join(path, "objects", older.slice(0, 2), older.slice(2));
  await rm(object);
  await writeFile(object, "");
  await expect(repositories.moveRef("damaged", main, younger, null)).rejects.toThrow("is corrupt");
  expect(await beginnings("damaged")).toBeNull();
});

it.each(["rev-parse", "rev-list"])("a %s that is killed says nothing of it", async (killed) => {
  const name = `killed-${killed}`;
  const younger = await withWholeHistory(name);
  const owner = await gitUser();
  const git = createGit(owner);
  const dying: Git = {
    ...git,
    run: (args, options) =>
      args[0] === killed
        ? run({ file: "sh", args: ["-c", "kill -KILL $$"], timeoutMs: 60_000 })
        : git.run(args, options),
  };
  await expect(beginWhereShallow(dying, pathOf(name), younger, owner)).rejects.toThrow("SIGKILL");
  expect(await beginnings(name)).toBeNull();
});
