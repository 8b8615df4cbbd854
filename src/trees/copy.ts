import {
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  open,
  readlink,
  symlink,
} from "node:fs/promises";
import { mustHaveRoom, type Room } from "../system/disk.ts";
import { type Entry, listEntries, onDisk } from "./entries.ts";
import { inParallel } from "./in-parallel.ts";

/**
 * Copies a file or folder of a tree to where nothing is: symlinks as they are, modes as git has them, of the user that Goku
 * runs as. Blocks are shared where the file system can; never inodes, which would still belong to the checkout's user and
 * change with it. What the files hold is on disk afterwards: a copy that is renamed now is whole after a power cut too.
 * @throws what `room` says where all of it would leave too little
 */
export async function copyContents(from: string, to: string | Buffer, room: Room): Promise<void> {
  const entries = await listEntries(from);
  await mustHaveRoom(room, await sizeOf(from, entries));
  for (const { path } of entries.filter((entry) => entry.kind === "folder")) {
    await mkdir(onDisk(to, path));
    // Not by mkdir, which obeys the umask.
    await chmod(onDisk(to, path), 0o755);
  }
  await inParallel(
    entries.filter((entry) => entry.kind !== "folder"),
    async (entry) => copyEntry(from, to, entry),
  );
}

/** In bytes. */
async function sizeOf(top: string, entries: readonly Entry[]): Promise<number> {
  let bytes = 0;
  await inParallel(
    entries.filter((entry) => entry.kind === "file"),
    async ({ path }) => {
      const { size } = await lstat(onDisk(top, path));
      bytes += size;
    },
  );
  return bytes;
}

async function copyEntry(from: string, to: string | Buffer, { path, kind }: Entry): Promise<void> {
  const source = onDisk(from, path);
  if (kind === "link") {
    const target = await readlink(source, { encoding: "buffer" });
    await symlink(target, onDisk(to, path));
    return;
  }
  const target = onDisk(to, path);
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const file = await open(target);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
