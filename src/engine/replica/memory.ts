import { badProject } from "../../errors.ts";

const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};
const pattern = /^(\d+(?:\.\d+)?)\s?([kmgt]?)i?b?$/i;
/** Docker's own floor. */
export const leastBytes = 6 * 2 ** 20;

/**
 * Docker's notation of a size (`512m`, `1.5g`, `100000000`) in bytes.
 * @throws badProject when it is none, or less than Docker takes
 */
export function parseMemory(text: string): number {
  const [, amount, unit = ""] = pattern.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(amount) * (units[unit.toLowerCase()] ?? Number.NaN));
  if (!(bytes >= leastBytes)) {
    throw badProject(
      `MEMORY_LIMIT is "${text}", which is not a size of at least 6m.`,
      "Set it like this: octo config:set APP/MEMORY_LIMIT 512m",
    );
  }
  return bytes;
}
