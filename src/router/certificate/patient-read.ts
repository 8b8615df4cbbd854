import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { oneAtATime } from "../../system/turns.ts";

export type ReadFile = (path: string) => Promise<Buffer>;

export const longestReadMs = 5_000;
/** No certificate is longer. A file of /proc may have no end, and a sparse one the size of any disk. */
export const mostBytes = 2 ** 20;
/** Each has one of the four threads that node has for all its files, maybe for ever. */
const mostHanging = 2;

/**
 * Reads files that lie where people want them, one at a time. A server of files that is away may never answer: nobody waits
 * for such a file for more than 5 s, and nobody at all after that until its read has ended.
 */
export function createPatientRead(read: ReadFile = readRegular, mostMs = longestReadMs): ReadFile {
  const inTurn = oneAtATime();
  const hanging = new Set<string>();

  async function attempt(path: string): Promise<Buffer> {
    if (hanging.has(path)) {
      throw unanswered([path]);
    }
    if (hanging.size >= mostHanging) {
      throw unanswered([...hanging]);
    }
    hanging.add(path);
    const reading = read(path).finally(() => hanging.delete(path));
    const ended = new AbortController();
    const over = delay(mostMs, undefined, { signal: ended.signal }).then(() => {
      throw unanswered([path]);
    });
    try {
      return await Promise.race([reading, over]);
    } finally {
      ended.abort();
    }
  }

  return (path) => inTurn(() => attempt(path));
}

function unanswered(paths: readonly string[]): Error {
  return new Error(`reading ${paths.join(" and ")} does not end`);
}

async function readRegular(path: string): Promise<Buffer> {
  // A pipe would be open only when somebody writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) {
      throw new Error("it is not a regular file");
    }
    const chunks = file.createReadStream({ end: mostBytes, autoClose: false });
    const bytes = Buffer.concat(await chunks.toArray());
    if (bytes.length > mostBytes) {
      throw new Error("it is longer than 1 MiB");
    }
    return bytes;
  } finally {
    await file.close();
  }
}
