import { badProject } from "../../errors.ts";
import type { ServiceRoute } from "../../service.ts";
import type { ComposeModel } from "./model.ts";
import { unreachable } from "./reachable.ts";
import {
  isClosedToHttp,
  type NamedPort,
  namesPorts,
  portsFrom,
  portSources,
  severalPorts,
} from "./service-ports.ts";

export interface PortsOfProject {
  readonly model: ComposeModel;
  /** Path of the compose file, for messages. */
  readonly file: string;
  /** EXPOSE by service that is built. */
  readonly exposed: ReadonlyMap<string, readonly number[]>;
}

export interface Choice {
  readonly routes: readonly ServiceRoute[];
  readonly notes: readonly string[];
}

interface Candidate {
  readonly service: string;
  readonly ports: readonly NamedPort[];
}

/** Of several services the first of these names has HTTP. */
const webNames = ["web", "app"];

/**
 * Where HTTP goes in a file without `x-goku`: traefik's labels, then `ports`, `expose` and EXPOSE, then a service called
 * web or app or the only one, whose image has to name the port (port 0).
 * @throws badProject with the lines to add where several services may be meant
 */
export function chooseTarget(input: PortsOfProject): Choice {
  const candidates = candidatesOf(input);
  if (candidates.length === 0) {
    return chooseWithoutPorts(input);
  }
  const chosen = candidates.length === 1 ? candidates[0] : preferred(candidates);
  const port = chosen?.ports[0]?.port;
  if (chosen === undefined || port === undefined) {
    throw unclear(candidates, input.file);
  }
  const others = candidates.filter((candidate) => candidate !== chosen);
  const notes = [
    ...(others.length === 0
      ? []
      : [
          `HTTP goes to ${chosen.service}, and not to ${list(others.map(({ service }) => service))}, for its name.`,
        ]),
    ...severalPorts(chosen.service, chosen.ports),
  ];
  return { routes: [{ service: chosen.service, port, domains: [] }], notes };
}

/** Services that name a port: in the file if one does there, else in what they build. */
function candidatesOf({ model, exposed }: PortsOfProject): Candidate[] {
  const wanted = Object.entries(model.services).filter(
    ([, { scale, deploy }]) => (scale ?? deploy?.replicas) !== 0,
  );
  const found = portSources
    .map((from) =>
      wanted.flatMap(([service, part]) => {
        const ports = portsFrom(part, from, exposed.get(service));
        return ports.length === 0 ? [] : [{ service, ports, closed: isClosedToHttp(part) }];
      }),
    )
    .find((candidates) => candidates.length > 0);
  const open = found?.filter(({ closed }) => !closed) ?? [];
  return open.length > 0 ? open : (found ?? []);
}

function chooseWithoutPorts({ model, file, exposed }: PortsOfProject): Choice {
  const names = Object.keys(model.services);
  const [only] = names.length === 1 ? names : [];
  const silent = (name: string) => {
    const service = model.services[name];
    return service !== undefined && !namesPorts(service, exposed.get(name));
  };
  const name = [...webNames, ...(only === undefined ? [] : [only])].find(silent);
  const why = name === undefined ? null : unreachable(model, name);
  if (name !== undefined && why === null) {
    return { routes: [{ service: name, port: 0, domains: [] }], notes: [] };
  }
  const note =
    why === null
      ? withoutHttp(`no service of ${file} names a port that may be HTTP`, "SERVICE")
      : `This runs without a host name: HTTP cannot be sent to ${name}, since ${why}.`;
  return { routes: [], notes: [note] };
}

/** What is said of a project that gets no host name. */
export function withoutHttp(reason: string, service: string): string {
  return `This runs without a host name (${reason}). If something answers HTTP, say what: x-goku: {web: "${service}:PORT"}`;
}

function preferred(candidates: readonly Candidate[]): Candidate | undefined {
  return webNames
    .map((name) => candidates.find(({ service }) => service === name))
    .find((candidate) => candidate !== undefined);
}

function unclear(candidates: readonly Candidate[], file: string) {
  const lines = candidates.map(
    ({ service, ports }) => `x-goku: {web: "${service}:${ports[0]?.port ?? "PORT"}"}`,
  );
  return badProject(
    `${file} does not say which of its services answers HTTP; these may: ${list(candidates.map(({ service }) => service))}.`,
    `Add the line that is right to ${file}: ${lines.join(" or ")}`,
  );
}

function list(words: readonly string[]): string {
  return words.length < 2
    ? words.join("")
    : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
