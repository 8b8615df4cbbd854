import type { App } from "../../app.ts";
import { isUp } from "../../compose-ports.ts";
import type { Release } from "../../release.ts";
import type { Parts, Request } from "../parts.ts";
import { isCompose, routedServices, type Runnable } from "../plan/shape.ts";
import { currentServices } from "../services/current.ts";
import { releaseAgain } from "../story/release-again.ts";
import { withService } from "./find-service.ts";

/**
 * A new release of what is live, with new containers. Of a project, those of one service, in place where it must be; or of
 * every service that can have new ones beside the old. Those that serve are new in any case.
 * @throws noServices, noSuchService
 */
export async function restart(
  parts: Parts,
  app: App,
  service: string | null,
  request: Request,
): Promise<Release> {
  const reason = service === null ? "restart" : `restart of ${service}`;
  return releaseAgain(parts, app, `a ${reason} by ${request.by}`, request, async (base) => ({
    base,
    vars: base.vars,
    reason,
    change: null,
    fresh:
      service === null
        ? await freshServices(parts, app, base, request)
        : onlyService(app, base, service),
  }));
}

/** The same of all services, with the config vars read again. */
export async function reload(parts: Parts, app: App, request: Request): Promise<Release> {
  const reason = "reload";
  return releaseAgain(parts, app, `a ${reason} by ${request.by}`, request, async (base) => ({
    base,
    vars: await parts.vars.read(app.name),
    reason,
    change: null,
    fresh: await freshServices(parts, app, base, request),
  }));
}

function onlyService(app: App, base: Runnable, service: string): ReadonlySet<string> {
  withService(app, base, service);
  return new Set([service]);
}

/** Those that can have a twin; of others that run it is said how to restart them, since that takes them down for a moment. */
async function freshServices(
  parts: Parts,
  app: App,
  base: Runnable,
  { report }: Request,
): Promise<ReadonlySet<string>> {
  if (!isCompose(base)) {
    return new Set();
  }
  const routed = routedServices(base.project);
  const kept = base.project.services.filter(
    ({ name, noTwin }) => noTwin !== null && !routed.has(name),
  );
  const up = new Set(
    (await currentServices(parts, app.id)).filter(isUp).map(({ service }) => service),
  );
  for (const { name, noTwin } of kept.filter((each) => up.has(each.name))) {
    report.detail(
      `${name} keeps running, since ${noTwin}; to restart it, too: octo restart ${app.name} ${name}`,
    );
  }
  const gone = new Set(kept);
  return new Set(base.project.services.filter((each) => !gone.has(each)).map(({ name }) => name));
}
