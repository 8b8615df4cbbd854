import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readlinkSync,
  readSync,
  writeFileSync,
} from "node:fs";

/** Where this process's log goes. */
const standardError = 2;

/**
 * Where the log is a file (a service without systemd) and longer than that, its last lines go to `FILE.1`, in place of what
 * was there: as many as it may have. Whoever started this process keeps the file open, so it is emptied, not renamed; all at
 * once, so that no line of this process comes in between. It must have been opened for appending, as `>>` does.
 */
export function limitOwnLog(maxBytes: number, descriptor = standardError): void {
  const log = fstatSync(descriptor);
  if (!log.isFile() || log.size <= maxBytes) {
    return;
  }
  const path = `/proc/self/fd/${descriptor}`;
  const isRemoved = log.nlink === 0;
  const last = isRemoved ? null : lastLines(path, log.size, maxBytes);
  // Before they are written: a full disk has room for them then, and one that refuses them is left no log that grows.
  ftruncateSync(descriptor);
  if (last !== null) {
    writeFileSync(`${readlinkSync(path)}.1`, last, { mode: log.mode });
  }
}

/** Whole ones, of a file that is longer than that. */
function lastLines(path: string, size: number, maxBytes: number): Buffer {
  // One byte more, for the end of the line before the first.
  const end = Buffer.alloc(maxBytes + 1);
  const file = openSync(path, "r");
  try {
    readSync(file, end, 0, end.length, size - end.length);
  } finally {
    closeSync(file);
  }
  return end.subarray(end.indexOf("\n") + 1);
}
