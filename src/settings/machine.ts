import { readdirSync } from "node:fs";
import { BlockList } from "node:net";
import { availableParallelism, networkInterfaces, totalmem, uptime } from "node:os";

/** What defaults depend on. */
export interface Machine {
  /** Those with an address. */
  readonly interfaces: ReturnType<typeof networkInterfaces>;
  /** Names of all interfaces. */
  readonly links: readonly string[];
  /** Where it was reached when Goku last started. */
  readonly last?: MachineAddress | null;
  /** Since it booted. */
  readonly upMs: number;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
}

/** An IPv4 address, and the name of the interface that has it. */
export interface MachineAddress {
  readonly address: string;
  readonly link: string;
}

export function thisMachine(): Machine {
  return {
    interfaces: networkInterfaces(),
    links: linkNames(),
    upMs: uptime() * 1000,
    cores: availableParallelism(),
    memory: totalmem(),
  };
}

function linkNames(): string[] {
  try {
    return readdirSync("/sys/class/net");
  } catch {
    // Where that cannot be seen, no address counts as late.
    return [];
  }
}

/** Addresses that the Internet does not route to one machine (RFC 6890). */
const notPublic = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  notPublic.addSubnet(network, prefix);
}

/** Bridges and their ends, which only this machine's own containers reach. */
const virtualInterface = /^(?:docker|br-|veth|virbr|cni|flannel|lxc|lxd|podman)/;

/** Given where nobody answered the question for an address (RFC 3927). */
const selfGiven = new BlockList();
selfGiven.addSubnet("169.254.0.0", 16);

/** The IPv4 address others reach this machine by: a public one, else the first there is; no network is asked. */
export function machineAddress(interfaces: Machine["interfaces"]): string {
  return foundAddress(interfaces)?.address ?? "127.0.0.1";
}

function foundAddress(interfaces: Machine["interfaces"]): MachineAddress | null {
  const addresses = addressesOf(interfaces);
  return addresses.find(isPublic) ?? addresses[0] ?? null;
}

/** How long an address may be late after a boot: what the network needs that has to start as well. */
export const lateMs = 600_000;

/**
 * The same for names that are to last, null where there is none: the last one, unless a public one has taken the place of a
 * private one. After a boot it may be late, and others, as a VPN's, there before it: it is for a while, as long as nothing
 * public has come and the interface that had it is there without any.
 */
export function lastingAddress({
  interfaces,
  links,
  upMs,
  last = null,
}: Machine): MachineAddress | null {
  const found = foundAddress(interfaces);
  if (found === null || last === null) {
    return found ?? last;
  }
  const addresses = addressesOf(interfaces);
  const same = addresses.find(({ address }) => address === last.address);
  if (same !== undefined) {
    return isPublic(found) && !isPublic(last) ? found : same;
  }
  const isLate =
    upMs < lateMs && links.includes(last.link) && addresses.every(({ link }) => link !== last.link);
  return isLate && !isPublic(found) ? last : found;
}

export function hasAddress(interfaces: Machine["interfaces"], wanted: MachineAddress): boolean {
  return addressesOf(interfaces).some(({ address }) => address === wanted.address);
}

function addressesOf(interfaces: Machine["interfaces"]): MachineAddress[] {
  return Object.entries(interfaces)
    .filter(([name]) => !virtualInterface.test(name))
    .flatMap(([name, found]) =>
      (found ?? [])
        .filter(({ family, internal }) => family === "IPv4" && !internal)
        // A second address may have a label: `eth0:1`.
        .map(({ address }) => ({ address, link: name.replace(/:.*/, "") })),
    )
    .filter(({ address }) => !selfGiven.check(address));
}

function isPublic({ address }: MachineAddress): boolean {
  return !notPublic.check(address);
}

/** The setting `domain` where nothing is said. */
export function domainAt(address: MachineAddress | null): string {
  return `${address?.address ?? "127.0.0.1"}.sslip.io`;
}
