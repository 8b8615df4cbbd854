import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createShelf, readTar, type Shelf } from "../support/tree.ts";

let shelf: Shelf;

beforeAll(async () => {
  shelf = await createShelf();
});

afterAll(async () => {
  await shelf.destroy();
});

it("an archive has the bytes that Goku reads, whatever form .gitattributes wants them in", async () => {
  const { git, repositories, work, put } = shelf;
  const files = { Dockerfile: "FROM alpine\n", "a.txt": "$Id$\n", "b/Dockerfile": "FROM b\n" };
  const copy = await work("encoded", files);
  const attributes = {
    ".gitattributes":
      "Dockerfile working-tree-encoding=IBM037 text\n*.txt text eol=crlf ident filter=x\n",
    "b/.gitattributes": "Dockerfile working-tree-encoding=IBM037 crlf\n",
  };
  for (const [path, content] of Object.entries(attributes)) {
    // Not by `git add`, which might encode the others again.
    await writeFile(join(copy, "new"), content);
    const blob = await git(copy, "hash-object", "-w", "--no-filters", "new");
    await git(copy, "update-index", "--add", "--cacheinfo", `100644,${blob},${path}`);
  }
  await git(copy, "commit", "-q", "-m", "attributes");
  const head = await git(copy, "rev-parse", "HEAD");
  await put(copy, "encoded");
  const archive = repositories.archive("encoded", head, false, new AbortController().signal);
  const entries = await readTar(archive);
  const read = await repositories.readFiles("encoded", head, Object.keys(files));
  for (const [path, content] of Object.entries(files)) {
    expect(entries.get(path)?.content, path).toBe(content);
    expect(read.get(path), path).toBe(content);
  }
});
