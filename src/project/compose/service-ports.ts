import type { ModelPort, ModelService } from "./model.ts";

/** A TCP port of a service and where the file names it. */
export interface NamedPort {
  readonly port: number;
  readonly from: "label" | "ports" | "expose" | "EXPOSE";
}

/** Where a file names ports, the one that counts first. */
export const portSources: readonly NamedPort["from"][] = ["label", "ports", "expose", "EXPOSE"];

/** Ports of programs that never speak HTTP. */
const neverHttp = new Set([
  21, 22, 23, 25, 53, 110, 143, 389, 445, 465, 587, 636, 873, 993, 995, 1433, 1521, 1883, 2049,
  2181, 2379, 2380, 3306, 3389, 4222, 5432, 5671, 5672, 6379, 6380, 6432, 8883, 9042, 9092, 11211,
  26257, 26379, 27017, 27018, 27019, 33060,
]);

export function mayBeHttp(port: number): boolean {
  return !neverHttp.has(port);
}

/** Ports that may be HTTP, each once, in the order of the file and 443 last: it wants TLS. */
export function portsFrom(
  service: ModelService,
  from: NamedPort["from"],
  exposed: readonly number[] = [],
): NamedPort[] {
  const ports = {
    label: labelledPorts,
    ports: ({ ports: published }: ModelService) =>
      (published ?? []).filter(isTcp).map(({ target }) => target),
    expose: ({ expose }: ModelService) => (expose ?? []).flatMap(tcpPort),
    EXPOSE: () => exposed,
  }[from](service);
  const usable = [...new Set(ports)].filter(mayBeHttp);
  return [...usable.filter((port) => port !== 443), ...usable.filter((port) => port === 443)].map(
    (port) => ({ port, from }),
  );
}

/** Ports that may be HTTP, from the first place that names one: the file, then what the service builds. */
export function declaredPorts(
  service: ModelService | undefined,
  exposed: readonly number[] | undefined,
): NamedPort[] {
  return service === undefined
    ? []
    : (portSources
        .map((from) => portsFrom(service, from, exposed))
        .find((ports) => ports.length > 0) ?? []);
}

/** A choice that the pusher should know of. */
export function severalPorts(service: string, ports: readonly NamedPort[]): string[] {
  const [first, ...others] = ports;
  return first === undefined || others.length === 0
    ? []
    : [
        `Of the ports ${ports.map(({ port }) => port).join(", ")} of ${service}, ${first.port} answers HTTP.`,
      ];
}

export function isTcp({ protocol = "tcp" }: Pick<ModelPort, "protocol">): boolean {
  return protocol.toLowerCase() === "tcp";
}

/** One port of the server, which only one container can have; not a range, and not one that Docker chooses. */
export function isFixed({ published = "" }: Pick<ModelPort, "published">): boolean {
  return /^\d+$/.test(published) && Number(published) > 0;
}

/** `traefik.enable=false`: its author wants no HTTP to go there. */
export function isClosedToHttp(service: ModelService): boolean {
  return labelsOf(service)["traefik.enable"]?.toLowerCase() === "false";
}

/** The file names some TCP port of the service, be it HTTP or not. */
export function namesPorts(service: ModelService, exposed: readonly number[] = []): boolean {
  const published = (service.ports ?? []).some(isTcp);
  const declared = (service.expose ?? []).some((text) => tcpPort(text).length > 0);
  return published || declared || exposed.length > 0;
}

/** A range of TCP ports, of one port where both ends are the same. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** All TCP ports that the file names for the service, be they HTTP or not. */
export function namedRanges(service: ModelService): PortRange[] {
  const published = (service.ports ?? []).filter(isTcp).map(({ target }) => target);
  const single = [...labelledPorts(service), ...published];
  return [
    ...single.map((port) => ({ first: port, last: port })),
    ...(service.expose ?? []).flatMap(tcpRange),
  ];
}

function labelledPorts(service: ModelService): number[] {
  return isClosedToHttp(service)
    ? []
    : Object.entries(labelsOf(service)).flatMap(([label, value]) =>
        /^traefik\.http\.services\.[^.]+\.loadbalancer\.server\.port$/i.test(label)
          ? tcpPort(value ?? "")
          : [],
      );
}

/** Those for Swarm count too: files that ran there are pushed here. */
function labelsOf({ labels, deploy }: ModelService): Readonly<Record<string, string | null>> {
  return { ...deploy?.labels, ...labels };
}

/** `3000`, `3000-3002`, `3000/tcp`; of a range the first. */
function tcpPort(text: string): number[] {
  return tcpRange(text).map(({ first }) => first);
}

function tcpRange(text: string): PortRange[] {
  const [, digits, end = digits, protocol = "tcp"] =
    /^\s*(\d{1,5})(?:-(\d{1,5}))?(?:\/(\w+))?\s*$/.exec(text) ?? [];
  const [first, last] = [Number(digits), Number(end)];
  return digits !== undefined && protocol === "tcp" && first >= 1 && first <= 65_535
    ? [{ first, last }]
    : [];
}
