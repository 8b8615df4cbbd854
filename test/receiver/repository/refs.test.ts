import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShelf, type Shelf } from "../support/tree.ts";
import { leastProcessorMs } from "../../support/processor-time.ts";

let shelf: Shelf;

beforeAll(async () => {
  shelf = await createShelf();
});

afterAll(async () => {
  await shelf.destroy();
});

const pathOf = (repository: string) => join(shelf.folder, "repositories", `${repository}.git`);

describe("tip", () => {
  it("finds loose refs, packed refs, and none", async () => {
    const { repositories, git, work, commit, put } = shelf;
    const copy = await work("tips", { a: "1" });
    const first = await put(copy, "tips");
    await put(copy, "tips", "refs/heads/feature/ü");
    expect(await repositories.tip("tips", "refs/heads/main")).toBe(first);
    await git(pathOf("tips"), "pack-refs", "--all");
    expect(await repositories.tip("tips", "refs/heads/main")).toBe(first);
    expect(await repositories.tip("tips", "refs/heads/feature/ü")).toBe(first);
    const second = await commit(copy, { a: "2" });
    await put(copy, "tips");
    expect(await repositories.tip("tips", "refs/heads/main")).toBe(second);
    for (const ref of [
      "refs/heads/none",
      "refs/heads/feature",
      "refs/heads/main/x",
      "refs/heads/../../config",
      "refs/heads/.",
      "HEAD",
      "config",
      "",
      "refs/heads/x\0y",
      `refs/heads/${"x".repeat(300)}`,
    ]) {
      expect(await repositories.tip("tips", ref)).toBeNull();
    }
    expect(await repositories.tip("nothing", "refs/heads/main")).toBeNull();
  });

  it("lists branches wherever git keeps them, and nothing else", async () => {
    const { repositories, git, work, commit, put } = shelf;
    const copy = await work("branches", { a: "1" });
    await put(copy, "branches");
    await put(copy, "branches", "refs/heads/feature/ü");
    await put(copy, "branches", "refs/tags/v1");
    await git(pathOf("branches"), "pack-refs", "--all");
    await commit(copy, { a: "2" });
    await put(copy, "branches");
    await put(copy, "branches", "refs/heads/loose");
    await put(copy, "branches", "refs/goku/x");
    expect(await repositories.branches("branches")).toEqual(
      new Set(["refs/heads/main", "refs/heads/feature/ü", "refs/heads/loose"]),
    );
    expect(await repositories.branches("nothing")).toEqual(new Set());
  });

  it("is found at once among hundreds of thousands", async () => {
    const { repositories } = shelf;
    const folder = await repositories.prepare("crowded");
    const commit = "1".repeat(40);
    const lines = Array.from({ length: 300_000 }, (_, at) => `${commit} refs/heads/b${at}\n`);
    await writeFile(
      join(folder, "packed-refs"),
      `# pack-refs with: peeled fully-peeled sorted \n${lines.join("")}${"2".repeat(40)} refs/tags/v1\n^${commit}\n`,
    );
    const ms = await leastProcessorMs(10, async () => {
      expect(await repositories.tip("crowded", "refs/heads/none")).toBeNull();
      expect(await repositories.tip("crowded", "refs/tags/v1")).toBe("2".repeat(40));
    });
    // 45; ten times that where each line is taken apart.
    expect(ms).toBeLessThan(300);
    expect(await repositories.tip("crowded", "refs/heads/b7")).toBe(commit);
    expect(await repositories.tip("crowded", "refs/heads/b")).toBeNull();
  });

  it("knows refs that cannot exist beside each other", async () => {
    const { repositories, git, work, put } = shelf;
    const copy = await work("beside", { a: "1" });
    await put(copy, "beside", "refs/heads/feature/x");
    await put(copy, "beside", "refs/heads/solo");
    const conflict = (branch: string) =>
      repositories.conflictingRef("beside", `refs/heads/${branch}`);
    const asked = ["feature", "feature/x/y", "solo/x", "feature/y", "fea", "solo", "new/one"];
    const found = [
      "refs/heads/feature/x",
      "refs/heads/feature/x",
      "refs/heads/solo",
      null,
      null,
      null,
      null,
    ];
    expect(await Promise.all(asked.map(conflict))).toEqual(found);
    await git(pathOf("beside"), "pack-refs", "--all");
    expect(await Promise.all(asked.map(conflict))).toEqual(found);
  });
});

describe("moveRef", () => {
  it("moves what stands where it should, and nothing else", async () => {
    const { repositories, work, commit, put } = shelf;
    const copy = await work("moved", { a: "1" });
    const first = await put(copy, "moved");
    await commit(copy, { a: "2" });
    const second = await put(copy, "moved", "refs/heads/next");
    const main = "refs/heads/main";
    expect(await repositories.moveRef("moved", main, second, null)).toBe(false);
    expect(await repositories.moveRef("moved", main, second, second)).toBe(false);
    expect(await repositories.moveRef("moved", main, second, first)).toBe(true);
    expect(await repositories.moveRef("moved", "refs/heads/new", first, null)).toBe(true);
    expect(await repositories.tip("moved", main)).toBe(second);
    await expect(repositories.moveRef("moved", main, "1".repeat(40), second)).rejects.toThrow(
      "git cannot move",
    );
  });
});

it("removeRef takes the branch HEAD is on, and is content with one that is gone", async () => {
  const { repositories, work, put } = shelf;
  await put(await work("left", { a: "1" }), "left");
  await repositories.removeRef("left", "refs/heads/main");
  expect(await repositories.tip("left", "refs/heads/main")).toBeNull();
  await repositories.removeRef("left", "refs/heads/main");
  await repositories.removeRef("not-there", "refs/heads/main");
});

it("HEAD follows the default branch", async () => {
  await shelf.repositories.prepare("headed");
  await shelf.repositories.setHead("headed", "master");
  const head = await readFile(join(pathOf("headed"), "HEAD"), "utf8");
  expect(head).toBe("ref: refs/heads/master\n");
});
