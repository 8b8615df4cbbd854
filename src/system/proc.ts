import { readFileSync } from "node:fs";
import { hasErrno } from "../system/errno.ts";

export interface ProcessStat {
  readonly parent: number;
  /** Clock ticks since boot: with the pid it names one process for ever. */
  readonly startedAt: string;
}

/** From Linux's /proc, which answers from memory in microseconds; null when the process is gone. */
export function processStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ESRCH")) {
      return null;
    }
    throw error;
  }
}

/** proc(5): the name in brackets may hold anything; the fields after it are the third and following. */
export function parseStat(text: string): ProcessStat | null {
  const [state, parent, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const startedAt = rest[17];
  if (parent === undefined || startedAt === undefined || state === "Z" || state === "X") {
    return null;
  }
  return { parent: Number(parent), startedAt };
}
