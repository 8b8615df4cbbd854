import { type FileHandle, open } from "node:fs/promises";
import { type GokuError, notOnDisk } from "../errors.ts";

/** Resolves when what was written to the file is on the disk. */
export type Datasync = (file: FileHandle) => Promise<void>;

/**
 * A commit is what it appended to the write-ahead log, and SQLite overwrites that only after it has brought all of it to
 * the disk as part of the database: so a commit is on the disk as soon as the log is.
 * @throws notOnDisk
 */
export function walSync(log: string, datasync: Datasync): () => Promise<void> {
  let refusal: GokuError | null = null;
  return shared(async () => {
    if (refusal !== null) {
      throw refusal;
    }
    const file = await open(log, "r").catch((error: unknown) => {
      throw notOnDisk(error);
    });
    try {
      await datasync(file);
    } catch (error) {
      // For good: Linux says once that it could not write, and takes the bytes for written from then on.
      refusal = notOnDisk(error);
      throw refusal;
    } finally {
      await file.close();
    }
  });
}

/** Who asks while it is at work waits for the next time, which begins when this one has ended, with all others who do. */
function shared(work: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  const begin = () => {
    next = null;
    return work();
  };
  return () => {
    if (next === null) {
      next = last.then(begin, begin);
      last = next;
    }
    return next;
  };
}
