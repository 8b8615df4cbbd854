import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Extract, extract, type Header, type Pack, pack } from "tar-stream";
import { ignoredBy } from "./ignore.ts";

/** A tree that is read faster than it is judged would leave nobody else a turn. */
const longestTurnMs = 10;

/**
 * The tree without what its `.dockerignore` leaves out: with a tar, nobody else applies it. Streams; an error of the
 * tree is an error of the result.
 * @throws badProject for lines that say nothing sensible
 */
export function filterTree(tree: Readable, ignore: string, dockerfile: string): Readable {
  const isIgnored = ignoredBy(ignore, dockerfile);
  const kept = pack();
  const entries = extract();
  pipeline(tree, entries).catch((error: Error) => entries.destroy(error));
  copyKept(entries, kept, isIgnored).then(
    () => kept.finalize(),
    (error: Error) => kept.destroy(error),
  );
  kept.once("close", () => {
    tree.destroy();
    entries.destroy();
  });
  return Readable.from(kept, { objectMode: false });
}

type Entry = Extract extends AsyncIterable<infer Source> ? Source : never;

async function copyKept(
  entries: Extract,
  kept: Pack,
  isIgnored: (path: string) => boolean,
): Promise<void> {
  /** Folders left out, so far: something below may be wanted again. */
  const folders = new Map<string, Header>();
  let turnBegan = performance.now();
  for await (const entry of entries) {
    const { header } = entry;
    const path = header.name.replace(/^\.\//, "").replace(/\/+$/, "");
    if (path !== "" && isIgnored(path)) {
      if (header.type === "directory") {
        folders.set(path, header);
      }
      entry.resume();
    } else {
      for (const folder of parentsOf(path)) {
        const left = folders.get(folder);
        if (left !== undefined) {
          folders.delete(folder);
          kept.entry(left);
        }
      }
      await copy(entry, kept);
    }
    if (performance.now() - turnBegan > longestTurnMs) {
      await nextTurn();
      turnBegan = performance.now();
    }
  }
}

/**
 * Git's note of the commit, which it puts before everything (pax), is not repeated with each file. With many small files a
 * `pipeline` for each would take twice as long.
 */
function copy(entry: Entry, kept: Pack): Promise<void> {
  return new Promise((resolve, reject) => {
    const header = { ...entry.header, pax: null };
    const sink = kept.entry(header, (error) => (error ? reject(error) : resolve()));
    sink.on("error", reject);
    entry.on("error", reject);
    entry.pipe(sink);
  });
}

/** `a`, `a/b` for `a/b/c`. */
function parentsOf(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, at) => names.slice(0, at + 1).join("/"));
}
