import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isAppName } from "../../app.ts";
import { accessLogPath, type Places } from "../places.ts";
import { rotatedFiles } from "./rotation.ts";

/** Removes what is left of an app that is off the air: its access logs, and the vhost that it was last served by. */
export async function forgetApp(
  places: Pick<Places, "apps" | "logFolder">,
  app: string,
): Promise<void> {
  if (!isAppName(app)) {
    return;
  }
  const logs = await rotatedFiles(accessLogPath(places, app));
  const files = [...logs, join(places.apps, `${app}.conf.last`)];
  await Promise.all(files.map((file) => rm(file, { force: true })));
}
