import { expect, it } from "vitest";
import type { Parts } from "../../../src/deploy/parts.ts";
import { lineReport } from "../../../src/deploy/report.ts";
import { findApp } from "../../../src/deploy/verbs/apps.ts";
import { removeApp } from "../../../src/deploy/verbs/remove.ts";
import { removeLeftOver } from "../../../src/deploy/verbs/remove-left-over.ts";
import { testWorld } from "../test-parts.ts";

/** Repositories with these branches, none of which was ever live. */
function pushedWorld(branches: Readonly<Record<string, readonly string[]>>) {
  const repositories = new Set(Object.keys(branches));
  const removed: string[] = [];
  const lines: string[] = [];
  const world = testWorld({
    engine: { removeVolumes: async (app) => void removed.push(`volumes of ${app}`) },
    repositories: {
      list: async () => [...repositories],
      remove: async (repository) => {
        repositories.delete(repository);
        removed.push(`${repository}.git`);
      },
      removeRef: async () => undefined,
    },
  });
  const parts: Parts = {
    ...world.parts,
    trees: {
      ...world.parts.trees,
      removeAll: async (app, kept) => {
        if (kept) {
          removed.push(`folders of ${app}`);
        }
      },
    },
  };
  for (const [repository, all] of Object.entries(branches)) {
    all.forEach((branch) => parts.store.apps.create(repository, branch));
  }
  const request = {
    by: "ann",
    byAdmin: true,
    report: lineReport((line) => lines.push(line)),
    signal: new AbortController().signal,
  };
  const remove = (name: string) =>
    removeApp(parts, findApp(parts, name), { force: false }, request);
  const removeLeft = (name: string) => removeLeftOver(parts, name, request);
  return { parts, removed, lines, remove, removeLeft };
}

it("takes what a removal has kept, by the commands which that has told", async () => {
  const { lines, remove, removed, removeLeft } = pushedWorld({ Other: ["mian"], blog: ["main"] });
  await remove("other-mian");
  expect(lines.join("\n")).toContain("octo remove other-mian --force, octo remove other --force");
  expect(removed).toEqual([]);
  expect(await removeLeft("other-mian")).toBe(true);
  expect(removed).toEqual(["volumes of other-mian", "folders of other-mian"]);
  expect(await removeLeft("other")).toBe(true);
  expect(removed).toContain("Other.git");
  expect(removed).not.toContain("blog.git");
});

it("leaves a repository to the other app that is made from it", async () => {
  const { lines, remove, removed, removeLeft } = pushedWorld({ blog: ["main", "feature"] });
  await remove("blog-feature");
  expect(lines.join("\n")).toMatch(/octo remove blog-feature --force$/m);
  expect(await removeLeft("blog")).toBe(false);
  expect(await removeLeft("blog-feature")).toBe(true);
  expect(removed).toEqual(["volumes of blog-feature", "folders of blog-feature"]);
});

it("touches nothing of an app that there is, or of a name that nobody knows", async () => {
  const { removed, removeLeft } = pushedWorld({ blog: ["main"] });
  expect(await removeLeft("blog-main")).toBe(false);
  expect(await removeLeft("blog")).toBe(false);
  expect(await removeLeft("shop")).toBe(false);
  expect(removed).toEqual([]);
});
