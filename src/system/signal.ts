import { hasErrno } from "./errno.ts";

/** Signals a process, or a group by its negative id. That it is gone already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasErrno(error, "ESRCH")) {
      throw error;
    }
  }
}
