import { type CommandResult, run } from "../../system/process.ts";
import { hasSystemd } from "../../system/systemd.ts";
import type { Places } from "../places.ts";
import { findMaster } from "./master.ts";

const unitName = "goku-nginx.service";
const timeoutMs = 30_000;

/** The systemd unit that runs this configuration; null without systemd, and for a Goku that has no unit. */
export async function unitFor(main: string): Promise<string | null> {
  if (!hasSystemd()) {
    return null;
  }
  const { exitCode, stdout } = await systemctl("cat", unitName);
  return exitCode === 0 && stdout.split(/\s/).includes(main) ? unitName : null;
}

/** Has systemd start nginx, also where it takes what was left in the unit for a running nginx. */
export async function startUnit(unit: string, places: Places): Promise<CommandResult> {
  const { exitCode } = await systemctl("is-active", unit);
  // Looked for afterwards: systemd may just have started it by itself.
  const isStale = exitCode === 0 && (await findMaster(places)) === null;
  // After several failures systemd would not even try. A unit that has none is no error.
  await systemctl("reset-failed", unit);
  return systemctl(isStale ? "restart" : "start", unit);
}

function systemctl(...args: string[]): Promise<CommandResult> {
  return run({ file: "systemctl", args, timeoutMs });
}
