import { badProject } from "../../errors.ts";
import type { ServiceRoute } from "../../service.ts";
import { type Choice, chooseTarget, type PortsOfProject } from "./choose-target.ts";
import type { Extension, Target } from "./extension.ts";
import { onceEach } from "./once-each.ts";
import { unreachable } from "./reachable.ts";
import { declaredPorts, namedRanges, type PortRange, severalPorts } from "./service-ports.ts";

export interface Routing {
  readonly routes: readonly ServiceRoute[];
  /** Services whose ports are for HTTP although they have no domain on this branch. */
  readonly unrouted: readonly ServiceRoute[];
  readonly notes: readonly string[];
}

export interface RoutingInput extends PortsOfProject {
  readonly extension: Extension;
  /** Domains of the file count here only. */
  readonly isDefaultBranch: boolean;
}

/**
 * Where HTTP goes: what `x-goku` says, or what the ports say. Port 0 where the image has to say it.
 * @throws badProject where the file leaves it open, or names a service that cannot be reached
 */
export function readRouting(input: RoutingInput): Routing {
  const { extension, file } = input;
  if (extension.web === false) {
    if (extension.routes.length > 0) {
      throw badProject(
        `${file}: x-goku has routes and web: false, which says that nothing speaks HTTP.`,
        "Take one of the two out.",
      );
    }
    return { routes: [], unrouted: [], notes: [] };
  }
  const { routes, notes } =
    extension.web === null && extension.routes.length === 0
      ? chooseTarget(input)
      : readGiven(input, extension.web);
  for (const { service } of routes) {
    assertReachable(input, service);
  }
  return input.isDefaultBranch ? { routes, unrouted: [], notes } : onOtherBranch(routes, notes);
}

function readGiven(input: RoutingInput, web: Target | null): Choice {
  const { extension, file, model, exposed } = input;
  const notes: string[] = [];
  // A service can have thousands of ports, and as many domains lead to it.
  const rangesOf = onceEach((service: string) => namedRanges(model.services[service] ?? {}));
  const firstPortOf = onceEach((service: string) => {
    const ports = declaredPorts(model.services[service], exposed.get(service));
    notes.push(...severalPorts(service, ports));
    return ports[0]?.port ?? 0;
  });
  const resolve = ({ service, port }: Target): ServiceRoute => {
    if (port !== null) {
      assertNamed(input, service, port, rangesOf(service));
    }
    return { service, port: port ?? firstPortOf(service), domains: [] };
  };
  const byTarget = new Map<string, ServiceRoute>();
  for (const { domain, target } of extension.routes) {
    const route = resolve(target);
    const known = byTarget.get(keyOf(route)) ?? route;
    byTarget.set(keyOf(route), { ...known, domains: [...known.domains, domain] });
  }
  const first = web === null ? firstOf([...byTarget.values()], file) : resolve(web);
  const merged = byTarget.get(keyOf(first)) ?? first;
  const others = [...byTarget.values()].filter((route) => keyOf(route) !== keyOf(first));
  return { routes: [merged, ...others], notes };
}

/** Which of several routes also has the app's own host names; docker compose does not keep the order of the file. */
function firstOf(routes: readonly ServiceRoute[], file: string): ServiceRoute {
  const [only, ...others] = routes;
  const first =
    others.length === 0
      ? only
      : ["web", "app"]
          .map((name) => routes.filter(({ service }) => service === name))
          .find((found) => found.length === 1)?.[0];
  if (first === undefined) {
    const lines = routes.map(({ service, port }) => `web: "${written(service, port)}"`);
    throw badProject(
      `${file}: x-goku has several routes, and none is said to have the app's own host name too.`,
      `Add one of these beside routes: ${lines.join(" or ")}`,
    );
  }
  return first;
}

function onOtherBranch(routes: readonly ServiceRoute[], notes: readonly string[]): Routing {
  const [first, ...others] = routes.map((route) => ({ ...route, domains: [] }));
  const loses = routes.some(({ domains }) => domains.length > 0);
  return {
    routes: first === undefined ? [] : [first],
    unrouted: others,
    notes: loses
      ? [
          ...notes,
          "Domains of x-goku count on the default branch only: this one keeps to its own host name.",
        ]
      : notes,
  };
}

/** @throws badProject */
function assertReachable({ model, file }: RoutingInput, service: string): void {
  const why = unreachable(model, service);
  if (why !== null) {
    throw badProject(
      `${file}: HTTP cannot be sent to ${service}: ${why}.`,
      `Take that out of the file, or say that nothing speaks HTTP: x-goku: {web: false}`,
    );
  }
}

/**
 * A port of the server that leads to HTTP stays free. With a slip of the pen in its number it would be published, and the
 * service that has it be stopped for one that cannot answer.
 * @throws badProject where the file names ports of the service, and not this one
 */
function assertNamed(
  { file, exposed }: RoutingInput,
  service: string,
  port: number,
  ranges: readonly PortRange[],
): void {
  const isNamed = ranges.some(({ first, last }) => first <= port && port <= last);
  if (ranges.length === 0 || isNamed || exposed.get(service)?.includes(port) === true) {
    return;
  }
  const texts = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  const names = [...new Set(texts)];
  throw badProject(
    `${file}: x-goku sends HTTP to port ${port} of ${service}, for which the file has only ${names.join(", ")}.`,
    `Write it as in: "${written(service, ranges[0]?.first ?? 0)}". If ${port} is right, add it to ${service}: expose: ["${port}"]`,
  );
}

function keyOf({ service, port }: ServiceRoute): string {
  return `${service}:${port}`;
}

function written(service: string, port: number): string {
  return port === 0 ? service : `${service}:${port}`;
}
