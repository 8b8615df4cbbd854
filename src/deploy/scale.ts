import type { App } from "../app.ts";
import type { Release } from "../release.ts";
import { setVars } from "./config.ts";
import type { Parts, Request } from "./parts.ts";
import { liveRelease } from "./release-again.ts";

/** Runs the app in `count` containers from now on; the same count again changes nothing. */
export async function scale(
  parts: Parts,
  app: App,
  count: number,
  request: Request,
): Promise<Release> {
  const change = { set: { CONTAINERS: String(count) }, remove: [] };
  const options = { restart: true, reason: `scale to ${count}` };
  const { release } = await setVars(parts, app.name, change, options, request);
  return release ?? liveRelease(parts, app);
}
