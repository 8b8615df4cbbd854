import type { ComposeModel } from "./model.ts";

/** Why Goku cannot give a service an address of its own and new containers with each release; null when it can. */
export function unreachable(model: ComposeModel, name: string): string | null {
  const service = model.services[name];
  const mode = service?.network_mode ?? "bridge";
  if (mode === "host") {
    return "network_mode: host gives it no address of its own";
  }
  if (mode === "none") {
    return "network_mode: none gives it no network";
  }
  if (/^(?:service|container):/.test(mode)) {
    return `network_mode: ${mode} gives it the address of another container`;
  }
  if ((service?.scale ?? service?.deploy?.replicas) === 0) {
    return "the file asks for no container of it";
  }
  const [guest] = guestsOf(model, name);
  return guest === undefined
    ? null
    : `${guest} lives in its namespaces, and would lose them with each release`;
}

/** Services that share a namespace of this one's container. */
export function guestsOf(model: Pick<ComposeModel, "services">, host: string): string[] {
  return Object.entries(model.services).flatMap(([name, service]) =>
    ["network_mode", "ipc", "pid"].some((key) => service[key] === `service:${host}`) ? [name] : [],
  );
}
