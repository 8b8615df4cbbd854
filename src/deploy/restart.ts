import type { App } from "../app.ts";
import type { Release } from "../release.ts";
import type { Parts, Request } from "./parts.ts";
import { releaseAgain } from "./release-again.ts";

/** New containers of the live release. */
export async function restart(
  parts: Parts,
  app: App,
  request: Request,
  reason = "restart",
): Promise<Release> {
  return releaseAgain(parts, app, `a ${reason} by ${request.by}`, request, async (base) => ({
    base,
    vars: base.vars,
    reason,
    change: null,
  }));
}

/** New containers of the live release, with the config vars read again. */
export async function reload(parts: Parts, app: App, request: Request): Promise<Release> {
  return releaseAgain(parts, app, `a reload by ${request.by}`, request, async (base) => ({
    base,
    vars: await parts.vars.read(app.name),
    reason: "reload",
    change: null,
  }));
}
