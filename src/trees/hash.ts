import { createHash, type Hash } from "node:crypto";
import { constants, open, readlink } from "node:fs/promises";
import { type Entry, listEntries, onDisk } from "./entries.ts";
import { inParallel } from "./in-parallel.ts";

/** What a file or folder holds, whoever owns it and whenever it was written. */
export interface Contents {
  /** SHA-256, hex, of names, kinds, the right to execute, targets of symlinks, and contents. */
  readonly hash: string;
  /** Hashes of its files and symlinks, by path as entries have it. */
  readonly files: ReadonlyMap<string, string>;
}

const chunkBytes = 64 * 1024;

export async function readContents(top: string): Promise<Contents> {
  const entries = await listEntries(top);
  const hashes = new Map<string, string>();
  await inParallel(
    entries.filter((entry) => entry.kind !== "folder"),
    async (entry) => void hashes.set(entry.path, await hashEntry(top, entry)),
  );
  const whole = createHash("sha256");
  const files = new Map<string, string>();
  for (const { path, kind } of entries) {
    const hash = hashes.get(path) ?? "";
    whole.update(`${kind}\0${path}\0${hash}\0`, "latin1");
    if (kind !== "folder") {
      files.set(path, hash);
    }
  }
  return { hash: whole.digest("hex"), files };
}

/** Of a file or symlink: what `Contents` has for it. */
export async function hashEntry(top: string, { path, kind }: Entry): Promise<string> {
  const hash = createHash("sha256");
  if (kind === "link") {
    const target = await readlink(onDisk(top, path), { encoding: "latin1" });
    return hash.update(`link\0${target}`, "latin1").digest("hex");
  }
  await addFile(hash, onDisk(top, path));
  return hash.digest("hex");
}

async function addFile(hash: Hash, path: Buffer): Promise<void> {
  // Neither through a symlink nor waiting for the other end of a pipe, should one have taken the file's place.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags);
  try {
    const { mode, size } = await file.stat();
    hash.update((mode & 0o100) === 0 ? "file\0-\0" : "file\0x\0");
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size + 1));
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      hash.update(buffer.subarray(0, bytesRead));
      // Less than asked for is the end of a regular file.
      if (bytesRead < buffer.length) {
        return;
      }
    }
  } finally {
    await file.close();
  }
}
