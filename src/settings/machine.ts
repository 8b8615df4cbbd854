import { availableParallelism, networkInterfaces, totalmem } from "node:os";
import { BlockList } from "node:net";

/** What defaults depend on. */
export interface Machine {
  readonly interfaces: ReturnType<typeof networkInterfaces>;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
}

export function thisMachine(): Machine {
  return { interfaces: networkInterfaces(), cores: availableParallelism(), memory: totalmem() };
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

/** The IPv4 address others reach this machine by: a public one, else the first there is; no network is asked. */
export function machineAddress(interfaces: Machine["interfaces"]): string {
  const addresses = Object.entries(interfaces)
    .filter(([name]) => !virtualInterface.test(name))
    .flatMap(([, found]) => found ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  return addresses.find((address) => !notPublic.check(address)) ?? addresses[0] ?? "127.0.0.1";
}
