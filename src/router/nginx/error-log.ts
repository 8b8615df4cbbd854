import { statSync } from "node:fs";
import { open } from "node:fs/promises";

/** Bytes in nginx's error log; what is written from now on lies behind them. */
export function errorLogSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What was written since, complete lines only. */
export async function errorLogSince(path: string, offset: number): Promise<string[]> {
  const size = errorLogSize(path);
  if (size <= offset) {
    return [];
  }
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - offset), 0, null, offset);
    return buffer.subarray(0, bytesRead).toString("utf8").split("\n").slice(0, -1);
  } finally {
    await file.close();
  }
}

/**
 * The lines with which the master refused a configuration, without date and process ids; empty while it hasn't. Pure.
 */
export function refusal(lines: readonly string[], master: number): string[] {
  const emergencies = lines.flatMap((line) => {
    const [, pid, text] = /\[emerg\] (\d+)#\d+: (.*)$/.exec(line) ?? [];
    // A socket that it would remove is gone already: it goes on after that.
    const isRemark = text === undefined || text.startsWith("unlink() ");
    return Number(pid) === master && !isRemark ? [text] : [];
  });
  // nginx tries a port five times and then says "still could not bind()": only that is its last word.
  return emergencies.every((text) => text.startsWith("bind() to ")) ? [] : emergencies;
}
