import { describe, expect, test } from "vitest";
import { emptyStore } from "./open.ts";

function namesOf(repository: string, branches: readonly string[], defaultBranch: string | null) {
  const { apps } = emptyStore();
  if (defaultBranch !== null) {
    apps.setDefaultBranch(repository, defaultBranch);
  }
  return branches.map((branch) => {
    const { id, name } = apps.create(repository, branch);
    return { id, name };
  });
}

describe("names", () => {
  test("the default branch is called as the repository, the others as their ids", () => {
    expect(namesOf("blog", ["main", "feature/x"], "main")).toEqual([
      { id: "blog-main", name: "blog" },
      { id: "blog-feature-x", name: "blog-feature-x" },
    ]);
  });

  test("without a default branch every app is called by its id", () => {
    expect(namesOf("blog", ["dev"], null)).toEqual([{ id: "blog-dev", name: "blog-dev" }]);
  });

  test("an app is found by either name, and by no other", () => {
    const { apps } = emptyStore();
    apps.setDefaultBranch("blog", "main");
    const app = apps.create("blog", "main");
    expect(apps.find("blog")).toEqual(app);
    expect(apps.find("blog-main")).toEqual(app);
    expect(apps.find("blo")).toBeNull();
    expect(apps.find("blog-ma_n")).toBeNull();
    expect(apps.find("BLOG")).toBeNull();
  });

  test("changing the default branch changes the names", () => {
    const { apps } = emptyStore();
    apps.setDefaultBranch("blog", "main");
    apps.create("blog", "main");
    apps.create("blog", "dev");
    apps.setDefaultBranch("blog", "dev");
    expect(apps.find("blog")?.id).toBe("blog-dev");
    expect(apps.find("blog-main")?.name).toBe("blog-main");
    expect(apps.defaultBranch("blog")).toBe("dev");
  });

  test("creating an app again answers the one that is there, as it is", () => {
    const { apps } = emptyStore();
    apps.create("blog", "main");
    apps.setStopped("blog-main", true);
    expect(apps.create("blog", "main")).toMatchObject({ id: "blog-main", stopped: true });
    expect(apps.all()).toHaveLength(1);
  });
});

/** Repository, branch, and the default branch the repository has by then. */
type Pair = readonly [repository: string, branch: string, defaultBranch: string | null];

const clashes: readonly (readonly [what: string, first: Pair, second: Pair, name: string])[] = [
  ["ids", ["blog", "feature/x", null], ["blog", "feature-x", null], "blog-feature-x"],
  ["ids of two repositories", ["blog", "a-b", null], ["blog-a", "b", null], "blog-a-b"],
  ["a name and an id", ["my", "blog", null], ["my-blog", "main", "main"], "my-blog"],
  ["an id and a name", ["my-blog", "main", "main"], ["my", "blog", null], "my-blog"],
  ["an id and a default's name", ["blog", "main", "main"], ["blog-main", "x", "x"], "blog-main"],
  ["two spellings", ["Blog", "main", "main"], ["blog", "main", "main"], "blog-main"],
  ["two separators", ["a.b", "main", "main"], ["a-b", "main", "main"], "a-b-main"],
  ["names of two defaults", ["Blog", "main", "main"], ["blog", "dev", "dev"], "blog"],
];

describe("two apps that would share a name", () => {
  test.each(clashes)("%s", (_what, first, second, name) => {
    const { apps } = emptyStore();
    for (const [repository, , defaultBranch] of [first, second]) {
      if (defaultBranch !== null) {
        apps.setDefaultBranch(repository, defaultBranch);
      }
    }
    apps.create(first[0], first[1]);
    expect(() => apps.create(second[0], second[1])).toThrowError(
      expect.objectContaining({
        code: "conflict",
        message: `${second[0]} on branch ${second[1]} would be called "${name}", and that is already the name of ${first[0]} on branch ${first[1]}.`,
      }),
    );
    expect(apps.all()).toHaveLength(1);
  });

  test("through a default branch that is set later", () => {
    const { apps } = emptyStore();
    apps.create("my", "blog");
    apps.create("my-blog", "main");
    expect(() => apps.setDefaultBranch("my-blog", "main")).toThrowError(/"my-blog".*my on branch/);
    expect(apps.defaultBranch("my-blog")).toBeNull();
    expect(apps.find("my-blog")?.repository).toBe("my");
  });

  test("goku is Goku's own", () => {
    const { apps } = emptyStore();
    apps.setDefaultBranch("Goku", "main");
    expect(() => apps.create("Goku", "main")).toThrowError(/"goku".*Goku itself/);
    expect(apps.create("Goku", "dev").name).toBe("goku-dev");
  });

  test("branches of two repositories that do not meet live side by side", () => {
    const { apps } = emptyStore();
    apps.create("Blog", "main");
    expect(apps.create("blog", "dev").name).toBe("blog-dev");
  });

  test("long names that differ only at the end stay two", () => {
    const { apps } = emptyStore();
    const long = "b".repeat(60);
    const [one, two] = [apps.create("blog", `${long}-1`), apps.create("blog", `${long}-2`)];
    expect(one.id).not.toBe(two.id);
    expect(Math.max(one.id.length, two.id.length)).toBeLessThanOrEqual(63);
  });
});

describe("facts of an app", () => {
  test("that it is stopped is kept", () => {
    const { apps } = emptyStore();
    apps.create("blog", "main");
    apps.setStopped("blog-main", true);
    expect(apps.find("blog-main")?.stopped).toBe(true);
    apps.setStopped("blog-main", false);
    expect(apps.find("blog-main")?.stopped).toBe(false);
  });

  test("of an app that is not there, setting one is refused", () => {
    const { apps } = emptyStore();
    expect(() => apps.setStopped("blog", true)).toThrowError(/no app "blog"/);
  });

  test("a removed app frees its names and keeps its repository's default branch", () => {
    const { apps } = emptyStore();
    apps.setDefaultBranch("Blog", "main");
    apps.create("Blog", "main");
    apps.remove("blog-main");
    expect(apps.find("blog")).toBeNull();
    expect(apps.defaultBranch("Blog")).toBe("main");
    expect(apps.create("blog", "main").id).toBe("blog-main");
  });

  test("a removed repository can have another default branch, and none with apps is removed", () => {
    const { apps } = emptyStore();
    apps.setDefaultBranch("blog", "main");
    apps.create("blog", "main");
    expect(() => apps.removeRepository("blog")).toThrowError(/FOREIGN KEY/);
    apps.remove("blog-main");
    apps.removeRepository("blog");
    expect(apps.defaultBranch("blog")).toBeNull();
    apps.setDefaultBranch("blog", "master");
    expect(apps.create("blog", "master").name).toBe("blog");
  });

  test("an app is removed with its repository or not at all", () => {
    const { apps } = emptyStore();
    apps.setDefaultBranch("blog", "main");
    ["main", "dev"].forEach((branch) => apps.create("blog", branch));
    expect(() => apps.remove("blog-main", "blog")).toThrowError(/FOREIGN KEY/);
    expect(apps.find("blog")?.id).toBe("blog-main");
    apps.remove("blog-dev");
    apps.remove("blog-main", "blog");
    expect([apps.find("blog"), apps.defaultBranch("blog")]).toEqual([null, null]);
  });

  test("an app is to be cleared up after from its next release on", () => {
    const { apps, releases } = emptyStore();
    const { id } = apps.create("blog", "main");
    const uncleared = () => {
      const ids = apps.uncleared().map((app) => app.id);
      expect(apps.isCleared(id)).toBe(!ids.includes(id));
      return ids;
    };
    expect(uncleared()).toEqual([]);
    const pushed = { app: id, commit: "c", door: "push", by: "ann", reason: "push" } as const;
    const { version } = releases.create(pushed);
    expect(uncleared()).toEqual([id]);
    apps.setCleared(id, version);
    expect(uncleared()).toEqual([]);
    releases.create(pushed);
    expect(uncleared()).toEqual([id]);
  });

  test("all apps, newest first", () => {
    const { apps } = emptyStore();
    apps.create("blog", "main");
    apps.create("area", "main");
    expect(apps.all().map(({ id }) => id)).toEqual(["area-main", "blog-main"]);
  });
});
