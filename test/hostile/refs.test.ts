import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isCommit } from "../../src/revision.ts";
import { conflictingRef, readRef } from "../../src/receiver/repository/refs.ts";
import { nastyText } from "./arbitraries.ts";
import { postTo } from "./post-to.ts";
import { startWholeWeb, type WholeWeb } from "./whole-web.ts";
import { quickFolder } from "../support/quick-folder.ts";

/** A commit in every file that is no ref of the repository: whoever reads one of them is found out. */
const strange = "f".repeat(40);
const known = "1".repeat(40);

let folder: string;
let repository: string;

beforeAll(async () => {
  folder = quickFolder("goku-refs-");
  repository = join(folder, "blog.git");
  await mkdir(join(repository, "refs/heads/feature"), { recursive: true });
  await mkdir(join(folder, "other.git/refs/heads"), { recursive: true });
  await writeFile(join(repository, "refs/heads/main"), `${known}\n`);
  await writeFile(join(repository, "refs/heads/feature/x"), `${known}\n`);
  await writeFile(join(repository, "packed-refs"), `${known} refs/heads/packed\n^${strange}\n`);
  for (const path of ["blog.git/config", "blog.git/HEAD", "other.git/refs/heads/main", "secret"]) {
    await writeFile(join(folder, path), `${strange}\n`);
  }
});
afterAll(() => rm(folder, { recursive: true }));

const segment = fc.oneof(
  fc.constantFrom("refs", "heads", "main", "feature", "x", "packed", "..", ".", "", "tags", "HEAD"),
  fc.constantFrom("config", "other.git", "secret", "main.lock", "x".repeat(300), "\0"),
  nastyText,
);
const ref = fc.oneof(
  fc.array(segment, { maxLength: 9 }).map((parts) => parts.join("/")),
  fc.array(segment, { maxLength: 9 }).map((parts) => `refs/heads/${parts.join("/")}`),
);

describe("a ref's name", () => {
  it("leads to a ref of its repository, or to nothing", async () => {
    await fc.assert(
      fc.asyncProperty(ref, async (name) => {
        expect([null, known]).toContain(await readRef(repository, name));
        const other = await conflictingRef(repository, name);
        expect(other === null || /^refs\/heads\/(main|feature\/x|packed)$/.test(other)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    "refs/heads/../../config",
    "refs/heads/../../../other.git/refs/heads/main",
    "refs/../HEAD",
    "refs//../HEAD",
    "../secret",
    "/etc/hostname",
    "HEAD",
    "config",
    "refs/heads/main\n",
    "refs/heads/main\0",
    "refs/heads/./main",
    "refs/heads//main",
  ])("%j is none", async (name) => {
    expect(await readRef(repository, name)).toBeNull();
  });
});

describe("what a hook asks", () => {
  let web: WholeWeb;
  beforeAll(async () => {
    web = await startWholeWeb();
    web.addKey("blogger", { admin: false, deploy: ["blog", "blog-*"], read: [] });
    await web.repositories.prepare("blog");
  });
  afterAll(() => web.close());

  const ask = (path: string, body: string | Buffer) =>
    postTo({ socketPath: web.socket, method: "POST", path, body });

  const hex = fc.constantFrom("0".repeat(40), known, strange, "1".repeat(64), "abc", "", "0", "-1");
  const lines = fc.oneof(
    fc.tuple(ref, hex, hex).map((parts) => parts.join("\n")),
    fc.tuple(hex, hex, ref).map((parts) => parts.join(" ")),
    nastyText,
  );
  const pid = fc.constantFrom(String(process.pid), "0", "-1", "1", "NaN", "1e999", "", "0x1");

  it("is answered by lines that are shown and one that ends, whatever it is", async () => {
    const open = () => ask("/hooks/ssh", `blogger\n${process.pid}\nreceive-pack\nblog`);
    expect((await open()).body).toMatch(/^ok hooks(-first)? /);
    const paths = fc.constantFrom(
      "/hooks/update",
      "/hooks/update",
      "/hooks/pre-receive",
      "/hooks/ssh",
    );
    await fc.assert(
      fc.asyncProperty(paths, pid, fc.array(lines, { maxLength: 3 }), async (path, by, rest) => {
        const { status, body } = await ask(path, [by, ...rest].join("\n"));
        expect(status).toBe(200);
        expect(body).toMatch(/^(\|[^\n]*\n)*exit [01]\n$/);
      }),
      { numRuns: 400 },
    );
    for (const { repository: of, commit, branch } of web.deployed) {
      expect(of).toBe("blog");
      expect(branch).not.toBe("");
      expect(isCommit(commit), JSON.stringify(commit)).toBe(true);
    }
    expect(web.log()).not.toContain('"level":50');
  });

  it("may be any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const { body } = await ask("/hooks/update", Buffer.from(bytes));
        expect(body).toMatch(/^(\|[^\n]*\n)*exit 1\n$/);
      }),
      { numRuns: 100 },
    );
  });
});
