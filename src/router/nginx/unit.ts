import { type CommandResult, run } from "../../system/process.ts";
import { hasSystemd } from "../../system/systemd.ts";

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

export async function startUnit(unit: string): Promise<CommandResult> {
  // After several failures systemd would not even try. A unit that has none is no error.
  await systemctl("reset-failed", unit);
  return systemctl("start", unit);
}

function systemctl(...args: string[]): Promise<CommandResult> {
  return run({ file: "systemctl", args, timeoutMs });
}
