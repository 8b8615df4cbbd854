import { copyFileSync, fstatSync, ftruncateSync, readlinkSync } from "node:fs";

/** Where this process's log goes. */
const standardError = 2;

/**
 * Where the log is a file (a service without systemd) and longer than that, what is in it goes to `FILE.1`, in place of
 * what was there. Whoever started this process keeps the file open, so it is emptied, not renamed; all at once, so that
 * no line of this process comes in between. It must have been opened for appending, as `>>` does.
 */
export function limitOwnLog(maxBytes: number, descriptor = standardError): void {
  const log = fstatSync(descriptor);
  if (log.isFile() && log.size > maxBytes) {
    copyFileSync(`/proc/self/fd/${descriptor}`, `${readlinkSync(`/proc/self/fd/${descriptor}`)}.1`);
    ftruncateSync(descriptor);
  }
}
