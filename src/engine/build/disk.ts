import { diskFilledUp, diskTooFull } from "../../errors.ts";
import { freeBytes, watchDisk } from "../../system/disk.ts";
import { formatBytes } from "../../system/format-bytes.ts";
import type { Log } from "../../system/log.ts";

/** @throws diskTooFull */
export async function checkDisk(root: string, floor: number, log: Log): Promise<void> {
  const free = await freeBytes(root);
  if (free === null) {
    log.debug({ root }, "cannot see how full Docker's disk is");
  } else if (free < floor) {
    throw diskTooFull(root, formatBytes(free), formatBytes(floor));
  }
}

/** Calls `stop` when the disk becomes too full during a build. Ends with the signal. */
export function watchBuildDisk(
  root: string,
  floor: number,
  stop: (reason: Error) => void,
  signal: AbortSignal,
): Promise<void> {
  const low = (free: number) => stop(diskFilledUp(root, formatBytes(free), formatBytes(floor)));
  return watchDisk(root, floor, low, signal);
}
