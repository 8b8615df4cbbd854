import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRepositories } from "../../../src/receiver/repositories.ts";
import { parseModules } from "../../../src/receiver/repository/submodule-list.ts";
import { resolveUrl, submoduleSource } from "../../../src/receiver/repository/submodule-url.ts";
import { gitUser } from "../../support/git-user.ts";
import { createShelf, readTar, type Shelf } from "../support/tree.ts";
import { silentLog } from "../../support/silent-log.ts";

let shelf: Shelf;

beforeAll(async () => {
  shelf = await createShelf();
});

afterAll(async () => {
  await shelf.destroy();
});

const never = new AbortController().signal;
const cached = async () => readdir(join(shelf.folder, "submodules"));

describe("a tree with submodules", () => {
  it("is one tar with all of them, at their recorded commits", async () => {
    const { repositories, git, work, commit, put } = shelf;
    const inner = await work("inner", { "inner.txt": "inner" });
    const outer = await work("outer", {
      "outer.txt": "outer",
      secret: "kept",
      ".gitattributes": "secret export-ignore\n",
    });
    await git(outer, "submodule", "--quiet", "add", inner, "deep/inner");
    await commit(outer, {});
    const app = await work("app", { Dockerfile: "FROM scratch\n" });
    await git(app, "submodule", "--quiet", "add", outer, "libs/outer lib");
    const head = await commit(app, {});
    await commit(outer, { "outer.txt": "newer, not recorded" });
    await put(app, "app");
    await Promise.all([inner, outer].map((path) => shelf.lend(path)));
    const entries = await readTar(repositories.archive("app", head, true, never));
    const content = (name: string) => entries.get(name)?.content;
    expect(content("Dockerfile")).toBe("FROM scratch\n");
    expect(content("libs/outer lib/outer.txt")).toBe("outer");
    expect(content("libs/outer lib/secret")).toBe("kept");
    expect(content("libs/outer lib/deep/inner/inner.txt")).toBe("inner");

    // The second time nothing is fetched, so that the origins are not missed.
    await rm(outer, { recursive: true });
    await rm(inner, { recursive: true });
    const again = await readTar(repositories.archive("app", head, true, never));
    expect([...again.keys()]).toEqual([...entries.keys()]);
    expect((await cached()).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await repositories.pruneSubmodules();
    expect(await cached()).toHaveLength(2);
  });

  it("names the submodule that cannot be had, and no password", async () => {
    const { repositories, git, work, commit, put } = shelf;
    const lib = await work("unreachable", { a: "a" });
    const app = await work("unlucky", { Dockerfile: "FROM scratch\n" });
    await git(app, "submodule", "--quiet", "add", lib, "lib");
    const urls = [
      [`${shelf.folder}/nowhere`, "could not be fetched"],
      [
        "http://user:hunter2@127.0.0.1:9/lib.git",
        "could not be fetched from http://127.0.0.1:9/lib.git",
      ],
      ["../lib.git", "has the relative URL ../lib.git"],
      ["ext::sh -c 'touch /tmp/owned'", "fetches from https, http, ssh, git addresses only"],
    ] as const;
    for (const [url, sentence] of urls) {
      await git(app, "config", "--file", ".gitmodules", "submodule.lib.url", url);
      const head = await commit(app, {});
      await put(app, "unlucky");
      const reading = readTar(repositories.archive("unlucky", head, true, never));
      const error = await reading.then(
        () => new Error("it was read"),
        (caught: Error) => caught,
      );
      expect(error.message).toContain(`The submodule "lib"`);
      expect(error.message).toContain(sentence);
      expect(error.message).not.toContain("hunter2");
    }
  });

  it("says that a commit is missing at its origin", async () => {
    const { repositories, git, work, commit, put } = shelf;
    const lib = await work("rewritten", { a: "a" });
    const app = await work("behind", { Dockerfile: "FROM scratch\n" });
    await git(app, "submodule", "--quiet", "add", lib, "lib");
    const head = await commit(app, {});
    await put(app, "behind");
    await rm(lib, { recursive: true });
    await work("rewritten", { b: "another history" });
    await shelf.lend(lib);
    await expect(readTar(repositories.archive("behind", head, true, never))).rejects.toThrow(
      "it has no commit",
    );
  });

  it("is as it was where .gitmodules is absent, or names nothing that the tree has", async () => {
    const { repositories, work, put, commit } = shelf;
    const plain = await work("plain", { a: "a" });
    const first = await put(plain, "plain");
    const second = await commit(plain, {
      ".gitmodules": '[submodule "x"]\n\tpath = a\n\turl = https://127.0.0.1:9/x\n',
    });
    await put(plain, "plain");
    for (const head of [first, second]) {
      const entries = await readTar(repositories.archive("plain", head, true, never));
      expect(entries.get("a")?.content).toBe("a");
    }
    const broken = await commit(plain, { ".gitmodules": "[submodule" });
    await put(plain, "plain");
    await expect(readTar(repositories.archive("plain", broken, true, never))).rejects.toThrow(
      ".gitmodules cannot be understood",
    );
  });

  it("is not fetched to a full disk", async () => {
    const { git, work, commit, put } = shelf;
    const lib = await work("full-lib", { a: "a" });
    const app = await work("full-app", { Dockerfile: "FROM scratch\n" });
    await git(app, "submodule", "--quiet", "add", lib, "lib");
    const head = await commit(app, {});
    await put(app, "full-app");
    const full = createRepositories({
      folder: join(shelf.folder, "repositories"),
      hooks: "/nonexistent",
      owner: await gitUser(),
      submoduleCache: join(shelf.folder, "full"),
      log: silentLog(),
      allowFileSubmodules: true,
      diskFloor: 2 ** 60,
    });
    await expect(readTar(full.archive("full-app", head, true, never))).rejects.toThrow(
      "free on the disk of",
    );
    await expect(full.mostOfPush()).rejects.toThrow("1048576 TiB have to stay free");
  });

  it("from a path of this machine is refused by default", async () => {
    const { git, work, commit, put } = shelf;
    const lib = await work("local-lib", { a: "a" });
    const app = await work("local-app", { Dockerfile: "FROM scratch\n" });
    await git(app, "submodule", "--quiet", "add", lib, "lib");
    const head = await commit(app, {});
    await put(app, "local-app");
    const strict = createRepositories({
      folder: join(shelf.folder, "repositories"),
      hooks: "/nonexistent",
      owner: await gitUser(),
      submoduleCache: join(shelf.folder, "strict"),
      log: silentLog(),
    });
    await expect(readTar(strict.archive("local-app", head, true, never))).rejects.toThrow(
      "fetches from https, http, ssh, git addresses only",
    );
  });
});

describe("URLs of submodules", () => {
  const source = (url: string) => submoduleSource("lib", url, false);

  it.each([
    "https://example.org/lib.git",
    "http://example.org:8080/lib",
    "ssh://git@example.org:22/lib.git",
    "git://example.org/lib.git",
    "git@example.org:me/lib.git",
    "example.org:lib.git",
    "git@example.org:/srv/lib.git",
  ])("may be %s", (url) => {
    expect(source(url)).toEqual({ url, authorization: null });
  });

  it("lose their password, which is sent as a header", () => {
    expect(source("https://me:p%40ss@example.org/lib.git")).toEqual({
      url: "https://example.org/lib.git",
      authorization: `Authorization: Basic ${Buffer.from("me:p@ss").toString("base64")}`,
    });
    // As git reads them: a % that is none of its codes is itself, and a code is a byte.
    expect(source("https://me:100%25%@example.org/lib.git").authorization).toBe(
      `Authorization: Basic ${Buffer.from("me:100%%").toString("base64")}`,
    );
    expect(source("https://me:%fcü@example.org/lib.git").authorization).toBe(
      `Authorization: Basic ${Buffer.from("me:\xfc\xc3\xbc", "latin1").toString("base64")}`,
    );
    expect(source("https://token@example.org/lib.git").authorization).toContain("Basic ");
    expect(source("ssh://git:secret@example.org/lib.git").url).toBe(
      "ssh://git@example.org/lib.git",
    );
  });

  it.each([
    "file:///etc",
    "/etc",
    "ext::sh -c id",
    "fd::7",
    "--upload-pack=id",
    "-x",
    "https://",
    "ftp://example.org/x",
    "https://example.org/a b",
    "https://example.org/a\nb",
    "git@-oProxyCommand=id:x",
    "ssh://-oProxyCommand=id/x",
    "lib.git",
    "",
    "transport::https://example.org",
  ])("may not be %j", (url) => {
    expect(() => source(url)).toThrow("only");
  });

  it("relative to a submodule's own origin are followed", () => {
    expect(resolveUrl("../b.git", "https://example.org/x/a.git")).toBe(
      "https://example.org/x/b.git",
    );
    expect(resolveUrl("../../b.git", "git@example.org:x/a.git")).toBe("git@example.org:b.git");
    expect(resolveUrl("./b", "ssh://h/a/")).toBe("ssh://h/a/b");
    expect(resolveUrl("../b", null)).toBe("../b");
    expect(resolveUrl("https://h/b", "https://h/a")).toBe("https://h/b");
  });
});

it("parseModules takes what has a path and a URL and is wanted", () => {
  const entries = [
    "submodule.a.b.path\nlibs/a/",
    "submodule.a.b.url\nhttps://x/a",
    "submodule.half.path\nhalf",
    "submodule.not.path\nnot",
    "submodule.not.url\nhttps://x/not",
    "submodule.not.update\nnone",
    "core.bare\ntrue",
    "submodule.flag",
  ];
  expect([...parseModules(`${entries.join("\0")}\0`)]).toEqual([["libs/a", "https://x/a"]]);
});
