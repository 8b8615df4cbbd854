import { statfs } from "node:fs/promises";
import { setInterval as every } from "node:timers/promises";
import { diskFilledUp, diskTooFull } from "../../errors.ts";
import type { Log } from "../../system/log.ts";
import { formatBytes } from "../format-bytes.ts";

const lookMs = 2_000;

/** Free bytes on the disk of a folder; null where it cannot be seen from here, as with a Docker on another machine. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

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
export async function watchDisk(
  root: string,
  floor: number,
  stop: (reason: Error) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of every(lookMs, undefined, { signal, ref: false })) {
      const free = await freeBytes(root);
      if (free !== null && free < floor) {
        stop(diskFilledUp(root, formatBytes(free), formatBytes(floor)));
      }
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}
