import { existsSync } from "node:fs";

/** Is systemd process 1 here? As sd_booted(3) tells. */
export function hasSystemd(): boolean {
  return existsSync("/run/systemd/system");
}
