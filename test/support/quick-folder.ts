import { mkdtempSync, readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
const enoughBytes = 1024 ** 3;

/** Where nothing waits for a disk; the usual place where there is no such, or it is small, or takes no programs. */
const place = isRoomy() ? memory : tmpdir();

/** A new folder for what a test's databases and repositories write: on a busy disk each commit of theirs takes long. */
export function quickFolder(prefix: string): string {
  return mkdtempSync(join(place, prefix));
}

function isRoomy(): boolean {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  const mount = mounts.findLast((line) => line.split(" ")[1] === memory);
  if (mount === undefined || mount.includes("noexec")) {
    return false;
  }
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > enoughBytes;
}
