import type { Finding } from "../../service.ts";
import { shown } from "./findings-values.ts";
import type { ModelPort, ModelService } from "./model.ts";

/** Below this, ports belong to services of the server itself: sshd, DNS, mail, other web servers. */
export const firstFreePort = 1024;

/** @param routed the service's port that requests are routed to, which is not published */
export function portFindings(
  name: string,
  service: ModelService,
  routed: number | undefined,
): Finding[] {
  return (service.ports ?? [])
    .filter((port) => !isRouted(port, routed) && reachesServersPorts(port.published))
    .map(({ published, protocol = "tcp" }) => ({
      kind: "host-ports",
      text: `service ${name} publishes port ${shown(published)}/${shown(protocol)}, which belongs to the server`,
    }));
}

function isRouted({ target, protocol = "tcp" }: ModelPort, routed: number | undefined): boolean {
  return protocol === "tcp" && target === routed;
}

/** One port or a range; nothing and 0 leave the choice to Docker, which chooses far above. */
function reachesServersPorts(published: string | undefined): boolean {
  if (published === undefined || published === "" || published === "0") {
    return false;
  }
  const [first] = published.split("-");
  return !(Number(first) >= firstFreePort);
}
