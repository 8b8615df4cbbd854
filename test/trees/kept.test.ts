import { readFile, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TreeMount } from "../../src/service.ts";
import { changesBetween, tellDrifts } from "../../src/trees/drift.ts";
import { exec } from "../support/exec.ts";
import { allBelow, createShelf, type Files, type Shelf, writeFiles } from "./shelf.ts";

let shelf: Shelf;
let kept: string;
const app = "blog-main";

beforeAll(async () => {
  shelf = await createShelf();
  kept = join(shelf.folder, "kept", app);
});

afterAll(async () => {
  await shelf.destroy();
});

beforeEach(async () => {
  await shelf.trees.removeAll(app, true);
});

/** Places kept mounts from a tree with these files, as a release does. */
async function release(files: Files, ...paths: readonly string[]): Promise<string[]> {
  const tree = await shelf.tree(files);
  const mounts: TreeMount[] = [];
  for (const path of paths) {
    mounts.push(await shelf.mount(tree, "kept", path));
  }
  return shelf.trees.place(app, tree, mounts);
}

const read = (path: string) => readFile(join(kept, path), "utf8");

describe("a kept folder that the tree does not have", () => {
  it("is made as Docker makes one, and stays", async () => {
    const umask = process.umask(0o077);
    expect(await release({}, "data/db")).toEqual([]);
    process.umask(umask);
    for (const path of ["", "data", "data/db"]) {
      const { mode, uid } = await stat(join(kept, path));
      expect([path, mode & 0o777, uid]).toEqual([path, 0o755, process.getuid?.()]);
    }
    await writeFiles(kept, { "data/db/rows": "rows" });
    expect(await release({}, "data/db")).toEqual([]);
    expect(await read("data/db/rows")).toBe("rows");
  });

  it("tells of what the tree has there later, and does not put it among the app's files", async () => {
    await release({}, "data");
    await writeFiles(kept, { "data/own": "own" });
    expect(await release({ "data/own": "tree's", "data/new": "new" }, "data")).toEqual([
      `data/new is new in the repository; the server does not have it in ${kept}/data/new`,
      `data/own is new in the repository; the server keeps its own copy in ${kept}/data/own`,
    ]);
    expect(await read("data/own")).toBe("own");
    expect(await allBelow(join(kept, "data"))).toEqual(["own"]);
  });
});

describe("a kept folder of the tree", () => {
  const files: Files = { "config/app.ini": "1", "config/sub/run": "x 1", "config/l": "-> app.ini" };

  it("has the tree's files at first, once", async () => {
    expect(await release(files, "config")).toEqual([]);
    expect(await read("config/app.ini")).toBe("1");
    expect(await readlink(join(kept, "config/l"))).toBe("app.ini");
    expect((await stat(join(kept, "config/sub/run"))).mode & 0o777).toBe(0o755);
    await writeFiles(kept, { "config/app.ini": "mine", "config/more": "more" });
    await rm(join(kept, "config/sub/run"));
    expect(await release(files, "config")).toEqual([]);
    expect(await read("config/app.ini")).toBe("mine");
    expect(await allBelow(join(kept, "config"))).toEqual(["app.ini", "l", "more", "sub"]);
  });

  it("is never overwritten: what changed in the tree is told, each change once", async () => {
    await release(files, "config");
    const changed: Files = { ...files, "config/app.ini": "2", "config/new": "new" };
    expect(await release(changed, "config")).toEqual([
      `config/app.ini changed in the repository; the server keeps its own copy in ${kept}/config/app.ini`,
      `config/new is new in the repository; the server does not have it in ${kept}/config/new`,
    ]);
    expect(await read("config/app.ini")).toBe("1");
    expect(await release(changed, "config")).toEqual([]);
    expect(await release({ ...changed, "config/sub/run": "x 2" }, "config")).toEqual([
      `config/sub/run changed in the repository; the server keeps its own copy in ${kept}/config/sub/run`,
    ]);
    const { "config/l": _, ...without }: Files = { ...changed, "config/sub/run": "x 2" };
    expect(await release(without, "config")).toEqual([
      `config/l is gone from the repository; the server keeps its own copy in ${kept}/config/l`,
    ]);
  });

  it("is not told of where the server's copy is what the tree has now", async () => {
    await release(files, "config");
    await writeFiles(kept, { "config/app.ini": "2" });
    await rm(join(kept, "config/l"));
    const { "config/l": _, ...without } = files;
    expect(await release({ ...without, "config/app.ini": "2" }, "config")).toEqual([]);
  });

  it("is filled again where somebody removed it", async () => {
    await release(files, "config");
    await rm(join(kept, "config"), { recursive: true });
    expect(await release({ ...files, "config/app.ini": "2" }, "config")).toEqual([]);
    expect(await read("config/app.ini")).toBe("2");
  });

  it("is completed where an earlier try was cut short", async () => {
    await writeFiles(kept, { "config/app.ini": "mine" });
    expect(await release(files, "config")).toEqual([
      `config/app.ini is new in the repository; the server keeps its own copy in ${kept}/config/app.ini`,
    ]);
    expect(await read("config/app.ini")).toBe("mine");
    expect(await allBelow(join(kept, "config"))).toEqual(["app.ini", "l", "sub", "sub/run"]);
  });

  it("brings along what is mounted from inside it", async () => {
    const mounts = ["config/sub", "config", "config/cache"];
    expect(await release(files, ...mounts)).toEqual([]);
    expect(await read("config/sub/run")).toBe("x 1");
    expect(await release({ ...files, "config/sub/run": "x 2" }, "config/sub")).toHaveLength(1);
  });

  it("can be the whole tree, and a single file", async () => {
    expect(await release(files, "")).toEqual([]);
    expect(await read("config/app.ini")).toBe("1");
    const changed = { ...files, "config/app.ini": "2" };
    expect(await release(changed, "")).toEqual([
      `config/app.ini changed in the repository; the server keeps its own copy in ${kept}/config/app.ini`,
    ]);
    await shelf.trees.removeAll(app, true);
    expect(await release(files, "config/app.ini")).toEqual([]);
    expect(await allBelow(kept)).toEqual(["config", "config/app.ini"]);
    expect(await release(changed, "config/app.ini")).toEqual([
      `config/app.ini changed in the repository; the server keeps its own copy in ${kept}/config/app.ini`,
    ]);
  });

  it("is left alone by pruning", async () => {
    await release(files, "config");
    await shelf.trees.prune(app, [], []);
    expect(await read("config/app.ini")).toBe("1");
    expect(await release({ ...files, "config/app.ini": "2" }, "config")).toHaveLength(1);
  });
});

describe("what a container makes of kept files", () => {
  const files: Files = { "data/sub/x": "1", "data/y": "1" };
  const inTheWay = /is not what its compose file mounts/;

  it("leads no mount and no file of Goku's out of the folder", async () => {
    const outside = join(shelf.folder, "..", "outside");
    await writeFiles(outside, { there: "there" });
    await release(files, "data", "data/sub");
    const tree = await shelf.tree(files);
    const mount = await shelf.mount(tree, "kept", "data/sub");
    expect(await shelf.trees.isPlaced([mount])).toBe(true);
    await rm(join(kept, "data/sub"), { recursive: true });
    await symlink(outside, join(kept, "data/sub"));
    expect(await shelf.trees.isPlaced([mount])).toBe(false);
    for (const path of ["data/sub", "data/sub/deeper"]) {
      await expect(release(files, path)).rejects.toThrow(inTheWay);
    }
    // As other content than the tree's, which it does not look into.
    expect(await release({ ...files, "data/sub/x": "2" }, "data")).toEqual([
      `data/sub/x changed in the repository; the server keeps its own copy in ${kept}/data/sub/x`,
    ]);
    expect(await allBelow(outside)).toEqual(["there"]);
  });

  it("is not waited for where it is a pipe", async () => {
    await release(files, "data");
    await rm(join(kept, "data/y"));
    expect((await exec("mkfifo", [join(kept, "data/y")])).status).toBe(0);
    expect(await release({ ...files, "data/y": "2" }, "data")).toHaveLength(1);
  });

  it("is told where a file took the place of a folder", async () => {
    await release(files, "data");
    await rename(join(kept, "data"), join(kept, "data.old"));
    await writeFile(join(kept, "data"), "a file");
    await expect(release(files, "data")).rejects.toThrow(inTheWay);
    await expect(release(files, "data/sub")).rejects.toThrow(inTheWay);
  });
});

describe("telling what differs", () => {
  it("finds what changed, came and went", () => {
    const before = new Map(Object.entries({ a: "1", b: "1", c: "1" }));
    const now = new Map(Object.entries({ a: "1", b: "2", d: "1" }));
    expect(changesBetween(before, now)).toEqual([
      { path: "b", what: "changed" },
      { path: "c", what: "gone" },
      { path: "d", what: "new" },
    ]);
  });

  it("cuts long lists, and names nothing that a terminal would obey", () => {
    const drifts = Array.from({ length: 22 }, (_, index) => {
      return { path: `${index}\u001b[2J\n`, what: "new", there: true } as const;
    });
    const told = tellDrifts(drifts, "ü", "/kept/ü");
    expect(told).toHaveLength(11);
    expect(told[0]).toBe(
      "ü/0?[2J? is new in the repository; the server keeps its own copy in /kept/ü/0?[2J?",
    );
    expect(told.at(-1)).toBe("and 12 more in ü");
  });
});
