import { createLog, type Log } from "../../src/system/log.ts";

/** For parts whose log no test reads. */
export function silentLog(): Log {
  return createLog("silent", { write: () => undefined });
}
