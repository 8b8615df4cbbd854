import { readFileSync, readlinkSync } from "node:fs";
import { hasErrno } from "./errno.ts";

export interface ProcessStat {
  readonly parent: number;
  /** Clock ticks since boot: with the pid it names one process for ever. */
  readonly startedAt: string;
}

/** Null when the process is gone. */
export function processStat(pid: number): ProcessStat | null {
  return parseStat(readProc(`${pid}/stat`));
}

/** Says whether the process that has this id now is still there. */
export function lifeOf(pid: number): () => boolean {
  const born = processStat(pid);
  return () => born !== null && processStat(pid)?.startedAt === born.startedAt;
}

/** What a process has started by its first thread, and has not waited for; none when it is gone. */
export function childrenOf(pid: number): number[] {
  const pids = readProc(`${pid}/task/${pid}/children`).split(" ");
  return pids.map(Number).filter((child) => child > 0);
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

/** Bytes that a process has for itself, without what it maps from files; 0 when it is gone. */
export function ownMemory(pid: number): number {
  const [, kibibytes = "0"] = /^VmData:\s+(\d+) kB$/m.exec(readProc(`${pid}/status`)) ?? [];
  return Number(kibibytes) * 1024;
}

/** The command line of a process as it shows it; empty when it is gone. */
export function titleOf(pid: number): string {
  return readProc(`${pid}/cmdline`).replaceAll("\0", " ").trim();
}

/** The program file of a process, with ` (deleted)` behind it where another took its place; empty when it is gone. */
export function programOf(pid: number): string {
  return unlessGone(() => readlinkSync(`/proc/${pid}/exe`));
}

/** A file of a process; empty when it is gone. */
export function readProc(path: string): string {
  return unlessGone(() => readFileSync(`/proc/${path}`, "utf8"));
}

/** A look at a process or a folder that no file descriptor was left for: the next may have one. */
export function isBlind(error: unknown): boolean {
  return hasErrno(error, "EMFILE", "ENFILE");
}

/** The kernel answers from memory in some microseconds, and a thread that waits for it would cost many times that. */
function unlessGone(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ESRCH")) {
      return "";
    }
    throw error;
  }
}
