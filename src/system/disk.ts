import { statfs } from "node:fs/promises";
import { setInterval as every } from "node:timers/promises";

/** A program writes a gigabyte within a second. */
const lookMs = 250;

/** Free bytes on the disk of a folder; null where it cannot be seen from here, as with a Docker on another machine. */
export async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** Calls `low` with the free bytes when there are fewer than `floor`. Ends with the signal. */
export async function watchDisk(
  folder: string,
  floor: number,
  low: (free: number) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of every(lookMs, undefined, { signal, ref: false })) {
      const free = await freeBytes(folder);
      if (free !== null && free < floor) {
        low(free);
      }
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}

/** In bytes: what is asked for, or a tenth of the whole disk where that is less. */
export async function floorOf(folder: string, asked: number): Promise<number> {
  const { blocks, bsize } = await statfs(folder);
  return Math.min(asked, Math.floor((blocks * bsize) / 10));
}

/** What has to stay free on the disk of a folder. */
export interface Room {
  readonly folder: string;
  /** Bytes. */
  readonly floor: number;
  /** What is said where fewer bytes are free. */
  readonly full: (free: number) => Error;
}

/** @throws what `full` says, where these bytes more would leave too few */
export async function mustHaveRoom({ folder, floor, full }: Room, bytes = 0): Promise<void> {
  const free = await freeBytes(folder);
  if (free !== null && free - bytes < floor) {
    throw full(free);
  }
}

/**
 * Runs what writes nobody knows how much. Its signal is aborted, with what `full` says, once there is no more room.
 * @throws what `full` says, before the work where there is no room to begin with
 */
export async function whileRoom<T>(
  room: Room,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await mustHaveRoom(room);
  const stop = new AbortController();
  const ended = new AbortController();
  const low = (free: number) => stop.abort(room.full(free));
  const watched = watchDisk(room.folder, room.floor, low, ended.signal);
  try {
    return await work(stop.signal);
  } finally {
    ended.abort();
    await watched;
  }
}
