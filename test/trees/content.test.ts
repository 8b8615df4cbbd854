import {
  chmod,
  type FileHandle,
  mkdir,
  open,
  readFile,
  readlink,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { exec } from "../support/exec.ts";
import { allBelow, createShelf, type Shelf } from "./shelf.ts";

let shelf: Shelf;

beforeAll(async () => {
  shelf = await createShelf();
});

afterAll(async () => {
  await shelf.destroy();
});

const app = "blog-main";

describe("a mount by content", () => {
  it("is a copy of root's, in modes that any user of a container can read", async () => {
    const tree = await shelf.tree({ "c/a": "a", "c/run": "x r", "c/l": "-> a", "c/d/e": "e" });
    const folder = await shelf.mount(tree, "content", "c");
    const file = await shelf.mount(tree, "content", "c/run");
    expect(await shelf.trees.isPlaced([folder])).toBe(false);
    const umask = process.umask(0o077);
    expect(await shelf.trees.place(app, tree, [folder, file])).toEqual([]);
    process.umask(umask);
    expect(await shelf.trees.isPlaced([folder, file])).toBe(true);
    expect(await readFile(file.source, "utf8")).toBe("x r");
    expect(await readFile(join(folder.source, "d/e"), "utf8")).toBe("e");
    expect(await readlink(join(folder.source, "l"))).toBe("a");
    const modes: Record<string, number> = { "": 0o755, a: 0o644, run: 0o755, d: 0o755 };
    for (const [path, mode] of Object.entries(modes)) {
      const found = await stat(join(folder.source, path));
      expect([path, found.mode & 0o777, found.uid]).toEqual([path, mode, process.getuid?.()]);
    }
    expect((await stat(file.source)).mode & 0o777).toBe(0o755);
  });

  it("is on disk before it is in its place: a power cut must not leave it empty", async () => {
    const tree = await shelf.tree({ "cut/a": "a", "cut/d/b": "b" });
    const mount = await shelf.mount(tree, "content", "cut");
    const synced: { size: number; placed: boolean }[] = [];
    const handle = await open(tree.folder);
    const handles: Pick<FileHandle, "sync"> = Object.getPrototypeOf(handle);
    const sync = vi.spyOn(handles, "sync").mockImplementation(async function (this: FileHandle) {
      const placed = await shelf.trees.isPlaced([mount]);
      synced.push({ size: (await this.stat()).size, placed });
    });
    try {
      await shelf.trees.place(app, tree, [mount]);
    } finally {
      sync.mockRestore();
      await handle.close();
    }
    expect(synced).toEqual([
      { size: 1, placed: false },
      { size: 1, placed: false },
    ]);
    expect(await shelf.trees.isPlaced([mount])).toBe(true);
  });

  it("never changes: what is there is left alone, and another content has another place", async () => {
    const before = await shelf.tree({ "conf/x": "1" });
    const mount = await shelf.mount(before, "content", "conf");
    await shelf.trees.place(app, before, [mount]);
    await utimes(join(mount.source, "x"), 1, 1);
    await shelf.trees.place(app, await shelf.tree({ "conf/x": "1" }), [mount]);
    expect((await stat(join(mount.source, "x"))).mtimeMs).toBe(1_000);
    const after = await shelf.tree({ "conf/x": "2" });
    expect((await shelf.mount(after, "content", "conf")).source).not.toBe(mount.source);
    // Nor with the checkout it came from.
    await rm(before.folder, { recursive: true });
    expect(await readFile(join(mount.source, "x"), "utf8")).toBe("1");
  });

  it("copies names that are no text", async () => {
    const tree = await shelf.tree({ "odd/a": "a" });
    const odd = join(tree.folder, "odd");
    const script = 'mkdir "$(printf "\\377")"; printf x > "$(printf "\\377/\\376")"';
    expect((await exec("sh", ["-c", script], { cwd: odd })).status).toBe(0);
    const mount = await shelf.mount(tree, "content", "odd");
    await shelf.trees.place(app, tree, [mount]);
    expect((await exec("diff", ["-r", odd, mount.source])).stdout).toBe("");
  });

  it("leaves nothing half done where it cannot be copied", async () => {
    const tree = await shelf.tree({ "gone/a": "a" });
    const mount = await shelf.mount(tree, "content", "gone");
    await rm(join(tree.folder, "gone"), { recursive: true });
    await expect(shelf.trees.place(app, tree, [mount])).rejects.toThrow("ENOENT");
    expect(await shelf.trees.isPlaced([mount])).toBe(false);
    const names = await allBelow(join(shelf.folder, "content", app));
    expect(names.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.each(["content", "kept"] as const)(
    "is not copied to a full disk, nor is what is %s",
    async (kind) => {
      const tree = await shelf.tree({ [`full-${kind}/a`]: "a" });
      const mount = await shelf.mount(tree, kind, `full-${kind}`);
      await expect(shelf.reopen(true, 2 ** 60).place(app, tree, [mount])).rejects.toThrow(
        "free on the disk of",
      );
      await shelf.trees.place(app, tree, [mount]);
      expect(await readFile(join(mount.source, "a"), "utf8")).toBe("a");
    },
  );

  it("can be a text that no tree has", async () => {
    const source = shelf.trees.sourceOf(app, "content", "0abc");
    await shelf.trees.writeContent(app, "0abc", "first");
    await shelf.trees.writeContent(app, "0abc", "second");
    expect(await readFile(source, "utf8")).toBe("first");
    expect((await stat(source)).mode & 0o777).toBe(0o644);
    const mount = { path: "", kind: "content", form: "file", hash: "0abc", source } as const;
    expect(await shelf.trees.isPlaced([mount])).toBe(true);
    await shelf.trees.place(app, await shelf.tree({}), [mount]);
    expect(await readFile(source, "utf8")).toBe("first");
  });

  it("is removed where no release needs it", async () => {
    const tree = await shelf.tree({ a: "needed", b: "not needed" });
    const [needed, other] = await Promise.all(
      ["a", "b"].map((path) => shelf.mount(tree, "content", path)),
    );
    const mounts = [needed, other].filter((mount) => mount !== undefined);
    await shelf.trees.place(app, tree, mounts);
    await mkdir(join(shelf.folder, "content", app, ".0123456789ab.tmp"));
    await shelf.trees.prune(app, [], mounts.slice(0, 1));
    expect(await allBelow(join(shelf.folder, "content", app))).toEqual([needed?.hash]);
  });
});

describe("what is not in place", () => {
  it("is what has another form than the mount", async () => {
    const tree = await shelf.tree({ "f/x": "x" });
    const mount = await shelf.mount(tree, "content", "f");
    await shelf.trees.place(app, tree, [mount]);
    expect(await shelf.trees.isPlaced([{ ...mount, form: "file" }])).toBe(false);
    expect(await shelf.trees.isPlaced([{ ...mount, source: "/etc" }])).toBe(false);
    expect(await shelf.trees.isPlaced([])).toBe(true);
  });
});

describe("a name that leads elsewhere", () => {
  it.each(["../x", "a/../b", "/etc", "a//b", "./a", "a/", "a\0b"])("%j throws", async (path) => {
    expect(() => shelf.trees.sourceOf(app, "kept", path)).toThrow("not a path inside");
    const tree = await shelf.tree({});
    const source = join(shelf.folder, "kept", app, "x");
    for (const kind of ["kept", "content"] as const) {
      const mount = { path, kind, form: "folder", hash: "0abc", source } as const;
      await expect(shelf.trees.place(app, tree, [mount])).rejects.toThrow("not a path inside");
    }
  });

  it.each(["", "..", "a/b", ".hidden"])("%j is no hash and no app", (name) => {
    expect(() => shelf.trees.sourceOf(app, "content", name)).toThrow("not a name");
    expect(() => shelf.trees.sourceOf(name, "kept", "x")).toThrow("not a name");
  });
});

describe("removing an app's trees", () => {
  it("keeps its kept files unless it is told not to", async () => {
    const { trees } = shelf;
    const other = "gone-main";
    const tree = await shelf.tree({ "data/x": "x" });
    const mounts = [
      {
        ...(await shelf.mount(tree, "kept", "data")),
        source: trees.sourceOf(other, "kept", "data"),
      },
    ];
    await trees.place(other, tree, mounts);
    await trees.writeContent(other, "0abc", "text");
    const kept = join(shelf.folder, "kept", other, "data");
    await writeFile(join(kept, "own"), "own");
    await chmod(join(kept, "own"), 0o400);
    await trees.removeAll(other, false);
    expect(await allBelow(kept)).toEqual(["own", "x"]);
    expect(await trees.isPlaced(mounts)).toBe(true);
    await expect(stat(join(shelf.folder, "content", other))).rejects.toThrow("ENOENT");
    await trees.removeAll(other, true);
    await trees.removeAll(other, true);
    for (const folder of ["checkouts", "content", "kept"]) {
      await expect(stat(join(shelf.folder, folder, other))).rejects.toThrow("ENOENT");
    }
    await expect(stat(join(shelf.folder, "seeds", `${other}.json`))).rejects.toThrow("ENOENT");
  });
});
