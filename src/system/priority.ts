import type { ChildProcess } from "node:child_process";
import { getPriority, setPriority } from "node:os";
import { hasErrno } from "./errno.ts";
import type { Log } from "./log.ts";

/** Nice value (-20 to 19): three times the share of a process that has asked for nothing. */
const daemonPriority = -5;
let everybodys: number | null = null;

/**
 * Lets the event loop's thread run before what the server's apps and builds do: it needs little, and whoever pushes
 * waits for it. What Goku starts has to be told `takeTurns`, since a process inherits its parent's priority.
 */
export function goFirst(log: Log): void {
  const before = getPriority();
  try {
    setPriority(Math.min(before, daemonPriority));
    everybodys = before;
  } catch (error) {
    // A container without CAP_SYS_NICE, or no root.
    log.debug({ err: error }, "Goku has the priority of any process");
  }
}

/** Gives the process the priority that Goku itself was started with. */
export function takeTurns({ pid }: ChildProcess): void {
  if (everybodys === null || pid === undefined) {
    return;
  }
  try {
    setPriority(pid, everybodys);
  } catch (error) {
    // It has ended already.
    if (!hasErrno(error, "ESRCH")) {
      throw error;
    }
  }
}
