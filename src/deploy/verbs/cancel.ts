import type { App } from "../../app.ts";
import type { Parts, Request } from "../parts.ts";

/** Cancels the app's deploys that have not reached `publish`. True when there was one. */
export function cancelDeploy(parts: Parts, app: App, request: Request): boolean {
  return parts.queue.cancel(app.id, `${request.by} cancelled it`);
}
