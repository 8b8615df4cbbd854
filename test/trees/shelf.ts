import { chmod, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type Header, pack } from "tar-stream";
import type { Tree, Trees } from "../../src/compose-ports.ts";
import type { TreeMount } from "../../src/service.ts";
import { createTrees } from "../../src/trees/trees.ts";
import { silentLog } from "../support/silent-log.ts";
import { quickFolder } from "../support/quick-folder.ts";

/** Paths to contents; a target behind an arrow makes a symlink, `x ` before the content a program. */
export type Files = Readonly<Record<string, string>>;

/** Trees in a folder of their own. */
export interface Shelf {
  /** `<data>/trees` */
  readonly folder: string;
  readonly trees: Trees;
  /** As the next Goku finds it. */
  readonly reopen: (asRoot?: boolean, diskFloor?: number) => Trees;
  /** A checkout of `blog-main` with these files. */
  readonly tree: (files: Files) => Promise<Tree>;
  /** The mount of a path of the tree as it is there. */
  readonly mount: (tree: Tree, kind: TreeMount["kind"], path: string) => Promise<TreeMount>;
  readonly destroy: () => Promise<void>;
}

export async function createShelf(): Promise<Shelf> {
  const data = quickFolder("goku-trees-");
  await chmod(data, 0o711);
  const folder = join(data, "trees");
  const reopen = (asRoot?: boolean, diskFloor?: number) =>
    createTrees({ folder, log: silentLog(), asRoot, diskFloor });
  const trees = reopen();
  let commits = 0;
  return {
    folder,
    trees,
    reopen,
    async tree(files) {
      commits += 1;
      return trees.checkOut({ app: "blog-main", commit: commitId(commits) }, () => tarOf(files));
    },
    async mount(tree, kind, path) {
      const facts = (await trees.look(tree, [path], [path])).get(path);
      const form = facts?.form === "file" ? "file" : "folder";
      const hash = facts?.hash ?? null;
      const name = kind === "content" ? (hash ?? "") : path;
      return { path, kind, form, hash, source: trees.sourceOf("blog-main", kind, name) };
    },
    destroy: () => rm(data, { recursive: true, force: true }),
  };
}

/** 40 digits of hex. */
export const commitId = (number: number) => number.toString(16).padStart(40, "0");

export function tarOf(files: Files): Readable {
  return tarOfEntries(Object.entries(files).map(([name, text]) => entryOf(name, text)));
}

export type TarEntry = readonly [
  header: Partial<Header> & { readonly name: string },
  content?: string,
];

/** A tar of one file, of a gigabyte that comes slowly. */
export function endlessFile(): Readable {
  const tar = pack();
  const entry = tar.entry({ name: "zeros", size: 1024 ** 3 });
  const out = new PassThrough();
  // Whoever reads it hears of its end by what is returned.
  pipeline(Readable.from(pieces()), entry).catch(() => undefined);
  pipeline(tar, out).catch(() => undefined);
  return out;
}

async function* pieces() {
  for (;;) {
    yield Buffer.alloc(1024 ** 2);
    await delay(10);
  }
}

function entryOf(name: string, text: string): TarEntry {
  if (text.startsWith("-> ")) {
    return [{ name, type: "symlink", linkname: text.slice(3) }];
  }
  return text.startsWith("x ") ? [{ name, mode: 0o755 }, text] : [{ name, mode: 0o644 }, text];
}

/** A tar with exactly these entries, in order. */
export function tarOfEntries(entries: readonly TarEntry[]): Readable {
  const tar = pack();
  for (const [header, content] of entries) {
    tar.entry(header, content ?? "");
  }
  tar.finalize();
  return tar.pipe(new PassThrough());
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await (text.startsWith("-> ") ? symlink(text.slice(3), path) : writeFile(path, text));
  }
}

/** Everything below a folder, sorted; none where there is no folder. */
export async function allBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  return names.toSorted();
}
