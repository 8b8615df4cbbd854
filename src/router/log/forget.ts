import { existsSync } from "node:fs";
import { rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { accessLogPath, type Places } from "../places.ts";
import { rotatedFiles } from "./rotation.ts";

/** Removes what is left of an app that is off the air: its access logs, and the vhost that it was last served by. */
export async function forgetApp(
  places: Pick<Places, "apps" | "logFolder">,
  app: string,
): Promise<void> {
  const logs = await rotatedFiles(accessLogPath(places, app));
  await Promise.all(logs.map((file) => rm(file, { force: true })));
  const last = join(places.apps, `${app}.conf.last`);
  if (existsSync(last)) {
    // The folder's time says when a vhost was removed; nginx does not read this file, and has nothing to reload for.
    const { atimeMs, mtimeMs } = await stat(places.apps);
    await rm(last, { force: true });
    // Rounded up, as Node's dates are, it could be later than the reload that followed the removal.
    await utimes(places.apps, atimeMs / 1000, Math.floor(mtimeMs) / 1000);
  }
}
