import { open, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { LogOptions } from "../../ports.ts";
import { hasErrno } from "../../system/errno.ts";
import { lastLines, LineReader } from "./json-lines.ts";
import { rotatedFiles } from "./rotation.ts";

/** nginx writes its buffer at least once a second. */
const followIntervalMs = 200;

/** Lines of an access log, oldest first, through its rotations; `follow` ends with the signal. */
export async function* readAccessLog(path: string, options: LogOptions): AsyncGenerator<string> {
  const since = options.since === null ? 0 : Date.parse(options.since) / 1000;
  const isWanted = (line: string) => line !== "" && unixTimeOf(line) >= since;
  let current: LineReader | null = null;
  try {
    for (const { file, offset } of await beginnings(path, options.tail)) {
      const reader = await openReader(file, offset);
      if (reader === null) {
        continue;
      }
      await current?.file.close();
      current = reader;
      yield* filter(current.lines(), isWanted);
    }
    while (options.follow && (await pause(options.signal))) {
      // Asked before reading: what the old file gets after that is read in the next round.
      const isRotated = current === null || !(await isStill(path, current));
      if (current !== null) {
        yield* filter(current.lines(), isWanted);
      }
      if (isRotated) {
        const next = await openReader(path, 0);
        if (next !== null) {
          await current?.file.close();
          current = next;
          yield* filter(current.lines(), isWanted);
        }
      }
    }
  } finally {
    await current?.file.close();
  }
}

/** Which files to read from where, oldest first, to have the last `tail` lines of all of them. */
async function beginnings(
  path: string,
  tail: number | null,
): Promise<{ file: string; offset: number }[]> {
  const newestFirst = await rotatedFiles(path);
  if (tail === null) {
    return newestFirst.map((file) => ({ file, offset: 0 })).toReversed();
  }
  const chosen: { file: string; offset: number }[] = [];
  let missing = tail;
  for (const file of newestFirst) {
    const { offset, count } = await lastLines(file, missing);
    chosen.unshift({ file, offset });
    missing -= count;
    if (missing <= 0) {
      break;
    }
  }
  return chosen;
}

async function openReader(path: string, offset: number): Promise<LineReader | null> {
  try {
    return new LineReader(await open(path), offset);
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return null;
    }
    throw error;
  }
}

async function isStill(path: string, reader: LineReader): Promise<boolean> {
  try {
    return (await stat(path)).ino === (await reader.file.stat()).ino;
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      // Between renaming and nginx's opening anew.
      return true;
    }
    throw error;
  }
}

async function* filter(
  lines: AsyncIterable<string>,
  isWanted: (line: string) => boolean,
): AsyncGenerator<string> {
  for await (const line of lines) {
    if (isWanted(line)) {
      yield line;
    }
  }
}

/** Seconds; lines that nginx did not get to finish have none and count as old. */
function unixTimeOf(line: string): number {
  return Number(/"unix":(\d+\.\d+)/.exec(line)?.[1] ?? 0);
}

/** False when there is nothing to wait for any more. */
async function pause(signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await delay(followIntervalMs, undefined, { signal });
    return true;
  } catch (error) {
    if (signal?.aborted) {
      return false;
    }
    throw error;
  }
}
