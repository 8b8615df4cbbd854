import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, type Header, pack } from "tar-stream";
import { expect, it, onTestFinished } from "vitest";
import { filterTree } from "../../../src/engine/build/build-tree.ts";
import { exec } from "../../support/exec.ts";
import { soon } from "../../support/soon.ts";

type Entry = Partial<Header> & { readonly name: string; readonly text?: string };

function tarOf(entries: readonly Entry[]): Readable {
  const tar = pack();
  for (const { text, ...header } of entries) {
    tar.entry(header, text ?? "");
  }
  tar.finalize();
  return Readable.from(tar, { objectMode: false });
}

async function read(tar: Buffer) {
  const entries = extract();
  entries.end(tar);
  const found = [];
  for await (const entry of entries) {
    const { name, mode, type, linkname } = entry.header;
    let text = "";
    for await (const chunk of entry) {
      text += String(chunk);
    }
    found.push({ name, mode, type, linkname, text });
  }
  return found;
}

async function filter(entries: readonly Entry[], ignore: string) {
  return read(await buffer(filterTree(tarOf(entries), ignore, "Dockerfile")));
}

it("keeps modes, links and contents of what stays", async () => {
  const found = await filter(
    [
      { name: "Dockerfile", text: "FROM x" },
      { name: "run.sh", mode: 0o755, text: "#!/bin/sh" },
      { name: "link", type: "symlink", linkname: "run.sh" },
      { name: "hard", type: "link", linkname: "run.sh" },
      { name: "empty/", type: "directory", mode: 0o700 },
      { name: "secret.key", text: "no" },
      { name: "dir/é.txt", text: "x".repeat(100_000) },
      { name: `${"long/".repeat(30)}name`, text: "deep" },
    ],
    "*.key",
  );
  expect(found.map(({ name }) => name)).toEqual([
    "Dockerfile",
    "run.sh",
    "link",
    "hard",
    "empty/",
    "dir/é.txt",
    `${"long/".repeat(30)}name`,
  ]);
  expect(found[1]).toMatchObject({ mode: 0o755, text: "#!/bin/sh" });
  expect(found[2]).toMatchObject({ type: "symlink", linkname: "run.sh" });
  expect(found[3]).toMatchObject({ type: "link", linkname: "run.sh" });
  expect(found[4]).toMatchObject({ type: "directory", mode: 0o700 });
  expect(found[5]?.text).toHaveLength(100_000);
});

it("brings folders back that hold something wanted, and only those", async () => {
  const found = await filter(
    [
      { name: "docs/", type: "directory", mode: 0o750 },
      { name: "docs/no.md", text: "no" },
      { name: "docs/in/", type: "directory", mode: 0o700 },
      { name: "docs/in/yes.md", text: "yes" },
      { name: "docs/out/", type: "directory" },
      { name: "docs/out/no.md", text: "no" },
    ],
    "docs\n!docs/in/yes.md",
  );
  expect(found.map(({ name, mode }) => [name, mode])).toEqual([
    ["docs/", 0o750],
    ["docs/in/", 0o700],
    ["docs/in/yes.md", 0o644],
  ]);
});

it("reads what git writes", async () => {
  const tar = await exec("sh", [
    "-c",
    'cd "$(mktemp -d)" && git init -q . && echo a > a && echo b > b && git add . && git -c user.name=t -c user.email=t@t commit -qm x && git archive HEAD && rm -rf "$PWD"',
  ]);
  const tree = Readable.from([Buffer.from(tar.stdout, "utf8")]);
  const found = await read(await buffer(filterTree(tree, "b", "Dockerfile")));
  expect(found).toMatchObject([{ name: "a", text: "a\n" }]);
});

it("leaves no listener behind for each time that it waited", async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error) => void warnings.push(message);
  process.on("warning", note);
  onTestFinished(() => void process.off("warning", note));
  const many = Array.from({ length: 30 }, (_, at) => ({
    name: `f${at}`,
    text: "x".repeat(70_000),
  }));
  expect(await filter(many, "*.md")).toHaveLength(30);
  expect(warnings).toEqual([]);
});

it("ends with the tree's error", async () => {
  const whole = await buffer(tarOf([{ name: "big", text: "x".repeat(200_000) }]));
  async function* broken(): AsyncGenerator<Buffer> {
    yield whole.subarray(0, 100_000);
    throw new Error("the repository is broken");
  }
  const filtered = filterTree(Readable.from(broken()), "*.md", "Dockerfile");
  await expect(buffer(filtered)).rejects.toThrow("the repository is broken");
});

it("lets go of the tree when nobody reads on", async () => {
  const tree = tarOf([{ name: "big", text: "x".repeat(200_000) }]);
  const filtered = filterTree(tree, "*.md", "Dockerfile");
  filtered.on("error", () => undefined);
  filtered.destroy();
  await soon(() => tree.destroyed).toBe(true);
});

it("leaves others a turn while it holds paths against patterns", async () => {
  const entries = Array.from({ length: 60 }, (_, at) => ({ name: `${at}${"a".repeat(500)}` }));
  let turns = 0;
  const take = () => {
    turns += 1;
    turn = setImmediate(take);
  };
  let turn = setImmediate(take);
  onTestFinished(() => clearImmediate(turn));
  const found = await filter(entries, "*?".repeat(4_000));
  expect(found).toHaveLength(entries.length);
  expect(turns).toBeGreaterThan(20);
});

it("refuses a path that no file can have", async () => {
  const name = "a".repeat(5_000);
  await expect(filter([{ name, pax: { path: name } }], "*.md")).rejects.toThrow(
    "A path of the tree has 5000 characters",
  );
});
