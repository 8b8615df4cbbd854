import type { App } from "../../app.ts";
import type { Release } from "../../release.ts";
import { setVars } from "./config.ts";
import type { Parts, Request } from "../parts.ts";
import { liveRelease } from "../story/release-again.ts";

export interface Scaled {
  /** False when it had that many already. */
  readonly changed: boolean;
  /** The live one, or what was live when the app was stopped. */
  readonly release: Release;
}

/** Runs the app in `count` containers from now on; the same count again changes nothing. */
export async function scale(
  parts: Parts,
  app: App,
  count: number,
  request: Request,
): Promise<Scaled> {
  const change = { set: { CONTAINERS: String(count) }, remove: [] };
  const options = { restart: true, reason: `scale to ${count}` };
  const live = liveRelease(parts, app);
  const { changed, release } = await setVars(parts, app.name, change, options, request);
  if (changed.length > 0 && release === null) {
    request.report.step(`${app.name} will run in ${count}, once it starts: octo start ${app.name}`);
  }
  return { changed: changed.length > 0, release: release ?? live };
}
