import { promises } from "node:fs";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  statfs,
  symlink,
  writeFile,
} from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cancelled } from "../../src/errors.ts";
import type { Tree } from "../../src/compose-ports.ts";
import { deferred } from "../../src/system/deferred.ts";
import { usableRange } from "../../src/trees/owners.ts";
import { createShelf as createRepositoryShelf } from "../receiver/support/tree.ts";
import { exec } from "../support/exec.ts";
import {
  allBelow,
  commitId,
  createShelf,
  endlessFile,
  type Shelf,
  type TarEntry,
  tarOf,
  tarOfEntries,
} from "./shelf.ts";

let shelf: Shelf;

beforeAll(async () => {
  shelf = await createShelf();
});

afterAll(async () => {
  await shelf.destroy();
});

const unexpected = () => {
  throw new Error("the archive was asked for");
};

/** An archive whose end the test decides on once it has been asked for. */
function laterStream() {
  const stream = new PassThrough();
  const { promise: opened, resolve } = deferred<PassThrough>();
  const open = () => {
    // When whoever asked listens.
    setImmediate(() => resolve(stream));
    return stream;
  };
  return { open, opened };
}

const as = (tree: Tree, ...command: readonly string[]) => {
  const { uid, gid } = tree.owner ?? { uid: 0, gid: 0 };
  return exec("setpriv", [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", ...command]);
};

describe("a checkout", () => {
  it("has the files of the commit as git archives them, with fresh times", async () => {
    const repositories = await createRepositoryShelf();
    try {
      const work = await repositories.work("app", { "a/b.txt": "b", run: "#!/bin/sh\n" });
      await repositories.git(work, "update-index", "--add", "--chmod=+x", "run");
      await exec("ln", ["-s", "a/b.txt", join(work, "link")]);
      const inner = await repositories.work("inner", { "inner.txt": "inner" });
      await repositories.git(work, "submodule", "--quiet", "add", inner, "inner");
      await repositories.git(work, "commit", "-q", "-a", "-m", "modes", "--date", "2001-01-01");
      await repositories.git(work, "add", "-A");
      const commit = await repositories.commit(work, {});
      await repositories.put(work, "app");
      await repositories.lend(inner);
      const before = Date.now();
      const never = new AbortController().signal;
      const tree = await shelf.trees.checkOut({ app: "app-main", commit }, () =>
        repositories.repositories.archive("app", commit, true, never),
      );
      expect(await readFile(join(tree.folder, "a/b.txt"), "utf8")).toBe("b");
      expect(await readFile(join(tree.folder, "inner/inner.txt"), "utf8")).toBe("inner");
      expect(await readlink(join(tree.folder, "link"))).toBe("a/b.txt");
      const { mode, mtimeMs } = await stat(join(tree.folder, "a/b.txt"));
      expect(mode & 0o777).toBe(0o644);
      expect(mtimeMs).toBeGreaterThan(before - 1_000);
    } finally {
      await repositories.destroy();
    }
  });

  it("keeps its modes whatever Goku's umask", async () => {
    const umask = process.umask(0o077);
    try {
      const tree = await shelf.tree({ run: "x #!", "a/b": "b" });
      expect((await stat(join(tree.folder, "run"))).mode & 0o777).toBe(0o755);
      expect((await stat(join(tree.folder, "a/b"))).mode & 0o777).toBe(0o644);
    } finally {
      process.umask(umask);
    }
  });

  it("is read by its own user, and by no other checkout's", async () => {
    const tree = await shelf.tree({ secret: "mine" });
    const other = await shelf.tree({ secret: "theirs", peek: `-> ${tree.folder}/secret` });
    expect((await stat(tree.folder)).mode & 0o777).toBe(0o700);
    expect(other.owner).not.toEqual(tree.owner);
    expect((await as(tree, "cat", `${tree.folder}/secret`)).stdout).toBe("mine");
    expect((await as(other, "cat", `${other.folder}/peek`)).status).toBe(1);
    for (const folder of ["", "checkouts", "checkouts/blog-main", "content", "kept", "seeds"]) {
      expect((await as(other, "ls", join(shelf.folder, folder))).stdout).toBe("");
    }
  });

  it("is made once: the same commit again is used as it is, also by the next Goku", async () => {
    const place = { app: "again-main", commit: commitId(1) };
    const tree = await shelf.trees.checkOut(place, () => tarOf({ a: "a" }));
    expect(await shelf.trees.checkOut(place, unexpected)).toEqual(tree);
    expect(await shelf.reopen().checkOut(place, unexpected)).toEqual(tree);
  });

  it("is made once by two at once", async () => {
    const place = { app: "both-main", commit: commitId(1) };
    const first = shelf.trees.checkOut(place, () => tarOf({ a: "a" }));
    const second = shelf.trees.checkOut(place, unexpected);
    expect(await second).toEqual(await first);
  });

  it("is tried again by the second where the first of two fails", async () => {
    const place = { app: "second-main", commit: commitId(1) };
    const lost = laterStream();
    const first = shelf.trees.checkOut(place, lost.open);
    const second = shelf.trees.checkOut(place, () => tarOf({ a: "a" }));
    first.catch(() => undefined);
    (await lost.opened).destroy(cancelled("its pusher has gone"));
    await expect(first).rejects.toThrow(cancelled("its pusher has gone").message);
    expect(await readFile(join((await second).folder, "a"), "utf8")).toBe("a");
  });

  it.each<[string, string, (stream: PassThrough) => void]>([
    ["fails", "git is gone", (stream) => stream.destroy(new Error("git is gone"))],
    ["is destroyed", "Premature close", (stream) => stream.destroy()],
    ["ends in the middle", "cannot be unpacked", (stream) => stream.end()],
  ])("leaves nothing where its archive %s", async (_, message, end) => {
    const place = { app: "half-main", commit: commitId(1) };
    const whole = tarOf({ a: "a".repeat(5_000), b: "b" });
    const start: Buffer = await new Promise((resolve) => whole.once("data", resolve));
    const later = laterStream();
    const checkOut = shelf.trees.checkOut(place, later.open);
    checkOut.catch(() => undefined);
    const stream = await later.opened;
    stream.write(start.subarray(0, 700));
    end(stream);
    await expect(checkOut).rejects.toThrow(message);
    expect(await allBelow(join(shelf.folder, "checkouts/half-main"))).toEqual([]);
  });

  it("is not begun where the disk is too full", async () => {
    const trees = shelf.reopen(true, 2 ** 60);
    const place = { app: "full-main", commit: commitId(1) };
    await expect(trees.checkOut(place, unexpected)).rejects.toThrow(
      `free on the disk of ${shelf.folder}, and 1048576 TiB have to stay free`,
    );
    expect(await allBelow(join(shelf.folder, "checkouts/full-main"))).toEqual([]);
  });

  it("is stopped, and leaves nothing, where it fills the disk", async () => {
    const { bavail, bsize } = await statfs(shelf.folder);
    const trees = shelf.reopen(true, bavail * bsize - 16 * 1024 ** 2);
    const place = { app: "filling-main", commit: commitId(1) };
    const endless = endlessFile();
    await expect(trees.checkOut(place, () => endless)).rejects.toThrow("free on the disk of");
    expect(endless.destroyed).toBe(true);
    expect(await allBelow(join(shelf.folder, "checkouts/filling-main"))).toEqual([]);
  });

  it("leaves nothing where there is no archive to be had", async () => {
    const place = { app: "none-main", commit: commitId(1) };
    await expect(shelf.trees.checkOut(place, unexpected)).rejects.toThrow("was asked for");
    expect(await allBelow(join(shelf.folder, "checkouts/none-main"))).toEqual([]);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ["a file", (path) => writeFile(path, "")],
    ["a link that leads nowhere", (path) => symlink("nowhere", path)],
  ])("is made and removed where %s lies among the apps", async (_, lay) => {
    const stray = join(shelf.folder, "checkouts/stray");
    const place = { app: "beside-main", commit: commitId(1) };
    await lay(stray);
    try {
      expect((await shelf.reopen().checkOut(place, () => tarOf({}))).owner).not.toBeNull();
      await shelf.reopen().prune(place.app, [], []);
    } finally {
      await rm(stray);
    }
    expect(await allBelow(join(shelf.folder, "checkouts/beside-main"))).toEqual([]);
  });

  it("is made once the owners of the others can be found again", async () => {
    const trees = shelf.reopen();
    const place = { app: "later-main", commit: commitId(1) };
    // A file system that is in trouble.
    const loop = join(shelf.folder, "checkouts/loop");
    await symlink("loop", loop);
    try {
      await expect(trees.checkOut(place, unexpected)).rejects.toThrow("ELOOP");
    } finally {
      await rm(loop);
    }
    expect((await trees.checkOut(place, () => tarOf({ a: "a" }))).owner).not.toBeNull();
  });

  it.each([
    { app: "../x", commit: commitId(1) },
    { app: "blog-main", commit: "../../etc" },
    { app: "", commit: commitId(1) },
  ])("has no place outside: %o", async (place) => {
    await expect(shelf.trees.checkOut(place, unexpected)).rejects.toThrow("not a name");
  });

  it("belongs to nobody else where Goku is not root", async () => {
    const trees = shelf.reopen(false);
    const place = { app: "plain-main", commit: commitId(1) };
    const tree = await trees.checkOut(place, () => tarOf({ a: "a" }));
    expect(tree.owner).toBeNull();
    expect((await stat(join(tree.folder, "a"))).uid).toBe(process.getuid?.());
    // Root does not read it as whoever that was.
    const again = await shelf.trees.checkOut(place, () => tarOf({ a: "new" }));
    expect(again.owner).not.toBeNull();
    expect(await readFile(join(again.folder, "a"), "utf8")).toBe("new");
  });
});

describe("a hostile tree", () => {
  const hostile = async (entries: (outside: string) => readonly TarEntry[]) => {
    const outside = await mkdtemp(join(tmpdir(), "goku-outside-"));
    try {
      // Anybody may write here: that nothing does is not owed to its mode.
      await exec("chmod", ["0777", outside]);
      await writeFile(join(outside, "there"), "untouched");
      const place = { app: "hostile-main", commit: commitId(1) };
      const done = shelf.trees.checkOut(place, () => tarOfEntries(entries(outside)));
      const tree = await done.catch(() => null);
      expect(await allBelow(outside)).toEqual(["there"]);
      expect(await readFile(join(outside, "there"), "utf8")).toBe("untouched");
      const below = tree === null ? null : await allBelow(tree.folder);
      await shelf.trees.prune("hostile-main", [], []);
      expect(await allBelow(join(shelf.folder, "checkouts/hostile-main"))).toEqual([]);
      return below;
    } finally {
      await rm(outside, { recursive: true });
    }
  };

  it("writes through no symlink", async () => {
    await hostile((outside) => [
      [{ name: "out", type: "symlink", linkname: outside }],
      [{ name: "out/new" }, "x"],
      [{ name: "file", type: "symlink", linkname: `${outside}/there` }],
      [{ name: "file" }, "x"],
    ]);
  });

  it("writes through no symlink with dots", async () => {
    await hostile((outside) => [
      [{ name: "up", type: "symlink", linkname: `../../../../../../..${outside}` }],
      [{ name: "up/new" }, "x"],
    ]);
  });

  it("has no names that lead out", async () => {
    await hostile((outside) => [
      [{ name: `${outside}/absolute` }, "x"],
      [{ name: `../../../../../../..${outside}/dots` }, "x"],
      [{ name: `a/../../../../../../../..${outside}/deep` }, "x"],
    ]);
  });

  it("makes no link to a file outside, and no device", async () => {
    const link = await hostile((outside) => [
      [{ name: "hard", type: "link", linkname: `${outside}/there` }],
      [{ name: "hard" }, "x"],
    ]);
    expect(link).toBeNull();
    const device = { type: "character-device", devmajor: 1, devminor: 5 } as const;
    expect(await hostile(() => [[{ name: "zero", ...device }]])).toBeNull();
  });

  it("brings no .git, and any other name", async () => {
    const long = `${"d".repeat(200)}/${"f".repeat(200)}`;
    const names = ["--version", "-rf", "new\nline", "a b", "*", "ü", long, ".gitignore"];
    const below = await hostile(() => [
      [{ name: ".git/config" }, "[core]\n\tfsmonitor = touch /tmp/x"],
      [{ name: "sub/.git" }, "gitdir: /etc"],
      ...names.map((name): TarEntry => [{ name }, "x"]),
    ]);
    expect(below).toEqual([...names, "d".repeat(200)].toSorted());
  });
});

describe("removing checkouts", () => {
  it("keeps those of the commits, and what another app has", async () => {
    const [one, two] = await Promise.all(
      [1, 2].map((number) =>
        shelf.trees.checkOut({ app: "pruned-main", commit: commitId(number) }, () => tarOf({})),
      ),
    );
    const other = { app: "other-main", commit: commitId(1) };
    await shelf.trees.checkOut(other, () => tarOf({ a: "a" }));
    await mkdir(join(shelf.folder, "checkouts/pruned-main/.0123456789ab.tmp"));
    await shelf.trees.prune("pruned-main", [commitId(2)], []);
    await expect(stat(one?.folder ?? "")).rejects.toThrow("ENOENT");
    expect((await stat(two?.folder ?? "")).isDirectory()).toBe(true);
    expect(await allBelow(join(shelf.folder, "checkouts/pruned-main"))).toEqual([commitId(2)]);
    await shelf.trees.prune("never-seen", [], []);
    await shelf.trees.checkOut(other, unexpected);
  });

  it("takes their names before their files, so that no half of one is found after a kill", async () => {
    const place = { app: "killed-main", commit: commitId(1) };
    const { folder } = await shelf.trees.checkOut(place, () => tarOf({ a: "a" }));
    const removed: string[] = [];
    const spy = vi.spyOn(promises, "rm").mockImplementation(async (path) => {
      removed.push(...(await readdir(String(path))));
      throw new Error("killed");
    });
    syncBuiltinESMExports();
    const pruned = await shelf.trees.prune(place.app, [], []).catch(String);
    spy.mockRestore();
    syncBuiltinESMExports();
    expect([pruned, removed]).toEqual(["Error: killed", ["a"]]);
    await expect(stat(folder)).rejects.toThrow("ENOENT");
    await shelf.trees.prune(place.app, [], []);
    expect(await allBelow(join(folder, ".."))).toEqual([]);
  });
});

describe("numbers of users", () => {
  it("are those that the kernel knows", () => {
    expect(usableRange("         0          0 4294967295\n")?.first).toBe(0x7800_0000);
    expect(usableRange("0 100000 65536\n")).toEqual({ first: 60_706, count: 478 });
    expect(usableRange("0 1000 1\n1 100000 1000\n")).toBeNull();
  });
});
