import { chmod, mkdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isGokuError } from "../../src/errors.ts";
import { archiveTree } from "../../src/receiver/repository/archive.ts";
import { createGit } from "../../src/receiver/repository/git.ts";
import { exec, must } from "../support/exec.ts";
import { gitUser } from "../support/git-user.ts";
import { createShelf, readTar, type Shelf } from "./support/tree.ts";

let shelf: Shelf;

beforeAll(async () => {
  shelf = await createShelf();
});

afterAll(async () => {
  await shelf.destroy();
});

const never = new AbortController().signal;
const pathOf = (repository: string) => join(shelf.folder, "repositories", `${repository}.git`);

describe("prepare", () => {
  it("makes a bare repository once, however many ask at one time", async () => {
    const { repositories } = shelf;
    const paths = await Promise.all(
      Array.from({ length: 8 }, () => repositories.prepare("prepared")),
    );
    expect(new Set(paths)).toEqual(new Set([pathOf("prepared")]));
    expect(await repositories.list()).toContain("prepared");
    const setting = (name: string) => shelf.git(pathOf("prepared"), "config", "--get", name);
    expect(await setting("core.bare")).toBe("true");
    expect(await setting("receive.denyDeleteCurrent")).toBe("ignore");
    expect(await setting("receive.shallowUpdate")).toBe("true");
    expect(await setting("receive.advertiseAtomic")).toBe("false");
    expect(await setting("gc.auto")).toBe("0");
  });

  it.each(["..", "../x", "a/b", ".goku", "", "-x", "goku", "a\nb", "x.git"])(
    "and every other method refuse the name %j",
    async (name) => {
      const { repositories } = shelf;
      for (const call of [
        () => repositories.prepare(name),
        () => repositories.remove(name),
        () => repositories.find(name),
        () => repositories.tip(name, "refs/heads/main"),
      ]) {
        await expect(call()).rejects.toThrow("cannot be a repository name");
      }
    },
  );

  it("leaves nothing after remove, and remove is no error twice", async () => {
    await shelf.repositories.prepare("gone");
    await shelf.repositories.remove("gone");
    await shelf.repositories.remove("gone");
    expect(await shelf.repositories.find("gone")).toBeNull();
  });
});

describe("start", () => {
  it("brings a repository that was copied here up to date", async () => {
    const { git, repositories } = shelf;
    await repositories.prepare("copied");
    await writeFile(join(pathOf("copied"), "config"), "[core]\n\tbare = true\n");
    await writeFile(join(pathOf("copied"), "info", "attributes"), "*.txt export-ignore\n");
    await repositories.start();
    await repositories.start();
    expect(await git(pathOf("copied"), "config", "--get-all", "receive.shallowUpdate")).toBe(
      "true",
    );
    const attributes = await readFile(join(pathOf("copied"), "info", "attributes"), "utf8");
    expect(attributes).toBe(
      "* -export-ignore -export-subst -text -ident -filter !working-tree-encoding\n",
    );
  });

  it("removes locks and half pushes of a git that was killed long ago, and no young ones", async () => {
    await shelf.repositories.prepare("locked");
    const path = pathOf("locked");
    const [oldLock, oldPush] = [
      join(path, "refs/heads/main.lock"),
      join(path, "objects/tmp_objdir-incoming-a"),
    ];
    const [youngLock, youngPush] = [
      join(path, "packed-refs.lock"),
      join(path, "objects/tmp_objdir-incoming-b"),
    ];
    await Promise.all([oldPush, youngPush].map((folder) => mkdir(folder)));
    await Promise.all([oldLock, youngLock].map((file) => writeFile(file, "")));
    const longAgo = new Date("2001-01-01");
    await Promise.all([oldLock, oldPush].map((file) => utimes(file, longAgo, longAgo)));
    await shelf.repositories.start();
    const there = async (file: string) =>
      stat(file).then(
        () => true,
        () => false,
      );
    expect(await Promise.all([oldLock, oldPush, youngLock, youngPush].map(there))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});

describe("readFiles", () => {
  it("reads what is there, through links, and leaves out what is not", async () => {
    const { repositories, work, commit, put } = shelf;
    const copy = await work("files", { "docker/Dockerfile": "FROM x\n", empty: "", "ü b": "ü\n" });
    await symlink("docker/Dockerfile", join(copy, "Dockerfile"));
    await symlink("/etc/passwd", join(copy, "outside"));
    await symlink("nowhere", join(copy, "dangling"));
    await symlink("loop", join(copy, "loop"));
    await commit(copy, { "with bom": "\uFEFFtext" });
    const head = await put(copy, "files");
    const asked = [
      "none",
      "Dockerfile",
      "docker",
      "outside",
      "dangling",
      "loop",
      "Dockerfile/x",
      "empty",
      "ü b",
      "a\nb",
      "../config",
      "/etc/passwd",
      "./empty",
      "",
      "with bom",
    ];
    expect([...(await repositories.readFiles("files", head, asked))]).toEqual([
      ["Dockerfile", "FROM x\n"],
      ["empty", ""],
      ["ü b", "ü\n"],
      ["with bom", "text"],
    ]);
    expect([...(await repositories.readFiles("files", head, []))]).toEqual([]);
  });

  it("says what it cannot read", async () => {
    const { repositories, git, work, put } = shelf;
    const copy = await work("odd", {
      latin: Buffer.from("gr\xfc\xdfe", "latin1"),
      large: Buffer.alloc(1024 * 1024 + 1, "x"),
      fits: Buffer.alloc(1024 * 1024, "x"),
    });
    const head = await put(copy, "odd");
    await git(copy, "tag", "-a", "-m", "t", "v1");
    const tag = await git(copy, "rev-parse", "v1");
    await git(copy, "reset", "-q", "--hard");
    await git(pathOf("odd"), "fetch", "-q", copy, "refs/tags/v1:refs/tags/v1");
    const read = (commit: string, path: string) => repositories.readFiles("odd", commit, [path]);
    expect((await read(head, "fits")).get("fits")).toHaveLength(1024 * 1024);
    await expect(read(head, "latin")).rejects.toThrow("latin is not UTF-8");
    await expect(read(head, "large")).rejects.toThrow("large has 1048577 bytes");
    await expect(read(tag, "fits")).rejects.toThrow("is a tag, and a branch holds commits");
    await expect(read("1".repeat(40), "fits")).rejects.toThrow("is not in the repository");
    await expect(read("--help", "fits")).rejects.toSatisfy(isGokuError);
  });
});

describe("what refs/replace/ says", () => {
  it("changes nothing of what a commit holds", async () => {
    const { repositories, git, work, commit, put } = shelf;
    const copy = await work("replaced", { Dockerfile: "FROM mine\n" });
    const mine = await put(copy, "replaced");
    const theirs = await commit(copy, { Dockerfile: "FROM theirs\n" });
    await put(copy, "replaced", "refs/heads/other");
    await git(pathOf("replaced"), "update-ref", `refs/replace/${mine}`, theirs);
    expect(await git(pathOf("replaced"), "show", `${mine}:Dockerfile`)).toBe("FROM theirs");
    const files = await repositories.readFiles("replaced", mine, ["Dockerfile"]);
    expect(files.get("Dockerfile")).toBe("FROM mine\n");
    const entries = await readTar(repositories.archive("replaced", mine, false, never));
    expect(entries.get("Dockerfile")?.content).toBe("FROM mine\n");
  });
});

describe("archive", () => {
  it("is the whole tree, whatever .gitattributes says, with a checkout's modes", async () => {
    const { repositories, work, commit, put } = shelf;
    const copy = await work("archived", {
      ".gitattributes": "secret export-ignore\nversion export-subst\n",
      secret: "kept",
      version: "$Format:%H$",
      "bin/run": "#!/bin/sh\n",
    });
    await symlink("bin/run", join(copy, "link"));
    await chmod(join(copy, "bin/run"), 0o755);
    const head = await commit(copy, {});
    await put(copy, "archived");
    const entries = await readTar(repositories.archive("archived", head, false, never));
    expect(entries.get("secret")).toEqual({ type: "file", mode: 0o644, content: "kept" });
    expect(entries.get("version")?.content).toBe("$Format:%H$");
    expect(entries.get("bin/run")?.mode).toBe(0o755);
    expect(entries.get("link")).toMatchObject({ type: "symlink", content: "bin/run" });
  });

  it("ends with a sentence where git would need too much memory for a small commit", async () => {
    const { git, lend, work } = shelf;
    const copy = await work("bomb", { "0": "" });
    let tree = await git(copy, "rev-parse", "HEAD^{tree}");
    const names = Array.from({ length: 10 }, (_, at) => String(at));
    for (let depth = 0; depth < 6; depth += 1) {
      const input = names.map((name) => `040000 tree ${tree}\t${name}\n`).join("");
      const made = await must(exec("git", ["-C", copy, "mktree"], { input }));
      tree = made.stdout.trim();
    }
    const head = await git(copy, "commit-tree", "-m", "a million paths", tree);
    await lend(copy);
    const ofOwner = createGit(await gitUser());
    const archive = archiveTree(ofOwner, join(copy, ".git"), head, never, 64 * 1024 ** 2);
    await expect(readTar(archive)).rejects.toThrow(
      "too many files, or too large ones: git cannot read it within 64 MiB of memory",
    );
  });

  it("fails as a stream where there is nothing to archive, and ends when it is aborted", async () => {
    const { repositories, work, put } = shelf;
    const copy = await work("aborted", { large: Buffer.alloc(8 * 1024 * 1024, "x") });
    const head = await put(copy, "aborted");
    const missing = repositories.archive("aborted", "1".repeat(40), false, never);
    await expect(readTar(missing)).rejects.toThrow("ended with exit status");
    const controller = new AbortController();
    const stream = repositories.archive("aborted", head, false, controller.signal);
    controller.abort(new Error("superseded by a test"));
    await expect(readTar(stream)).rejects.toThrow("superseded by a test");
  });
});
