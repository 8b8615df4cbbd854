import type { DefinitionPart } from "../service.ts";

/**
 * With raw packets a container can take another's address on a bridge they share (ARP), and so its traffic. Who needs
 * them says so by `cap_add`.
 */
export const rawPackets = "NET_RAW";

/** The part of a service's definition that leaves raw packets out, unless it asks for them. */
export function withoutRawPackets({
  cap_add: added,
  cap_drop: dropped,
  privileged,
}: DefinitionPart): DefinitionPart {
  const asked = new Set(list(added).map((name) => name.toUpperCase().replace(/^CAP_/, "")));
  return privileged === true || asked.has("ALL") || asked.has(rawPackets)
    ? {}
    : { cap_drop: [...list(dropped), rawPackets] };
}

function list(names: unknown): string[] {
  return Array.isArray(names) ? names.map(String) : [];
}
