import { writeFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { readFileIfAny } from "../system/file.ts";
import type { Log } from "../system/log.ts";
import {
  domainAt,
  hasAddress,
  lastingAddress,
  lateMs,
  machineAddress,
  type MachineAddress,
  thisMachine,
} from "./machine.ts";
import type { Settings } from "./settings.ts";

/** Where this machine was reached when Goku last started; null where that is not known. */
export async function lastAddress(data: string): Promise<MachineAddress | null> {
  try {
    const text = (await readFileIfAny(fileIn(data))) ?? "";
    const [, address = "", link = ""] = /^(\S+) (\S+)\n$/.exec(text) ?? [];
    // Of a line that was cut off in the middle, nothing counts.
    return isIPv4(address) ? { address, link } : null;
  } catch {
    // What is wrong with the folder is said by those who cannot do without it.
    return null;
  }
}

function fileIn(data: string): string {
  return join(data, "address");
}

/** Writes down where this machine is reached, for the next start, and warns where nobody may reach the apps by their names. */
export async function noteAddress(
  { data, domain }: Pick<Settings, "data" | "domain">,
  log: Log,
  machine = thisMachine(),
): Promise<void> {
  const last = await lastAddress(data);
  const { interfaces } = machine;
  const address = lastingAddress({ ...machine, last });
  if (address !== null && hasAddress(interfaces, address)) {
    if (address.address !== last?.address || address.link !== last.link) {
      await write(data, address, log);
    }
  } else if (domain === domainAt(address)) {
    log.warn(
      { found: machineAddress(interfaces) },
      address === null
        ? `this machine has no address that others reach: the apps' names end in ${domain}, and lead everybody to their own machine. Start Goku again once it has one, or set \`domain\``
        : `this machine does not have its address yet: the apps' names still end in ${domain}. If it is not to come back, set \`domain\`, or start Goku again once this machine has another and has been up for ${lateMs / 60_000} minutes`,
    );
  }
}

/** Without it, Goku starts as well. */
async function write(data: string, { address, link }: MachineAddress, log: Log): Promise<void> {
  try {
    await writeFile(fileIn(data), `${address} ${link}\n`);
  } catch (error) {
    log.warn({ err: error }, "could not write down this machine's address");
  }
}
