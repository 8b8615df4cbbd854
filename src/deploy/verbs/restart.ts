import type { App } from "../../app.ts";
import type { Release } from "../../release.ts";
import type { Parts, Request } from "../parts.ts";
import { releaseAgain } from "../story/release-again.ts";

/** New containers of the live release. */
export async function restart(parts: Parts, app: App, request: Request): Promise<Release> {
  const reason = "restart";
  return releaseAgain(parts, app, `a ${reason} by ${request.by}`, request, async (base) => ({
    base,
    vars: base.vars,
    reason,
    change: null,
  }));
}

/** The same with the config vars read again. */
export async function reload(
  parts: Parts,
  app: App,
  request: Request,
  reason = "reload",
): Promise<Release> {
  return releaseAgain(parts, app, `a ${reason} by ${request.by}`, request, async (base) => ({
    base,
    vars: await parts.vars.read(app.name),
    reason,
    change: null,
  }));
}
