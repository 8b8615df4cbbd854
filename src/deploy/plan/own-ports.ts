import { firstFreePort } from "../../project/compose/findings-ports.ts";
import type { Project } from "../../project.ts";
import type { DefinitionPart, Finding } from "../../service.ts";
import type { Settings } from "../../settings/settings.ts";

type Ports = Pick<Settings, "http" | "https" | "web" | "ssh" | "consul">;

/**
 * Free ports that are Goku's own and that an app asks for. While Goku listens there Docker refuses them; while it starts anew
 * an app could take its place, and read what people push and sign in with.
 */
export function ownPortFindings(settings: Ports, project: Project): Finding[] {
  const own = ownPorts(settings);
  return asked(project).flatMap(({ who, first, last }): Finding[] =>
    own
      .filter((port) => first <= port && port <= last)
      .map((port) => ({
        kind: "host-ports",
        text: `${who} publishes port ${port}, which is Goku's own`,
      })),
  );
}

function ownPorts({ http, https, web, ssh, consul }: Ports): number[] {
  const listened = [http, https, web, ...(ssh === null ? [] : [ssh])].map(({ port }) => port);
  return [...new Set([...listened, ...portsHere(consul)])].filter((port) => port >= firstFreePort);
}

/** A Consul on another machine has its ports there. */
function portsHere(address: string | null): number[] {
  if (address === null) {
    return [];
  }
  const { hostname, port } = new URL(address);
  return /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname) ? [Number(port)] : [];
}

interface Asked {
  readonly who: string;
  readonly first: number;
  readonly last: number;
}

function asked(project: Project): Asked[] {
  return project.kind === "dockerfile"
    ? project.published.map(({ hostPort }) => ({
        who: `# PORTS_FROM_HOST ${hostPort}`,
        first: hostPort,
        last: hostPort,
      }))
    : Object.entries(project.definition.services).flatMap(([name, part]) =>
        publishedBy(name, part),
      );
}

/** As docker compose prints ports: one (`8080`) or a range (`8080-8090`), none where Docker chooses. */
function publishedBy(name: string, { ports }: DefinitionPart): Asked[] {
  return (Array.isArray(ports) ? ports : []).flatMap(({ published }: { published?: unknown }) => {
    const text = typeof published === "string" ? published : "";
    const [first, last = first] = text.split("-", 2);
    return text === ""
      ? []
      : [{ who: `service ${name}`, first: Number(first), last: Number(last) }];
  });
}
