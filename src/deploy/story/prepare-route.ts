import type { App } from "../../app.ts";
import type { PreparedRoute } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import { hostsOf } from "../plan/domains-of.ts";
import { type Addressed, hasHttp, routeOf, type Runnable } from "../plan/shape.ts";

/** Has the route of a release rendered and checked, once for the same addresses. */
export interface RoutePreparation {
  /** While nothing runs at these addresses yet. What is wrong with the route is told by `for`. */
  readonly ahead: (replicas: readonly Addressed[]) => void;
  /** Null for a release without HTTP. @throws nginxFailed, badProject */
  readonly for: (replicas: readonly Addressed[]) => Promise<PreparedRoute | null>;
}

/** nginx is told at once that the switch of this release is near. */
export function createRoutePreparation(
  parts: Parts,
  app: App,
  release: Runnable,
): RoutePreparation {
  let wanted = "";
  let prepared: Promise<PreparedRoute | null> = Promise.resolve(null);

  if (hasHttp(release)) {
    void parts.router.announce(app.id);
  }

  async function prepare(replicas: readonly Addressed[]): Promise<PreparedRoute | null> {
    const route = routeOf(release, hostsOf(parts, app, release), replicas);
    const text = JSON.stringify(route);
    if (text !== wanted) {
      wanted = text;
      prepared = route === null ? Promise.resolve(null) : parts.router.prepare(route);
    }
    return prepared;
  }

  return {
    ahead: (replicas) => void prepare(replicas).catch(() => undefined),
    for: prepare,
  };
}
