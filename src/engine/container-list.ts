import type Docker from "dockerode";
import { label, type Labels } from "./labels.ts";

/** What Docker's list says of one of the instance's containers, as far as Goku cares. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** Image id. */
  readonly image: string;
  readonly running: boolean;
  /** Docker waits before it starts it again. */
  readonly restarting: boolean;
  /** ISO 8601 */
  readonly createdAt: string;
  /** The container whose network namespace it shares; null for its own. */
  readonly joins: string | null;
  /** The address it was given by us, kept while it stands still; null for none. */
  readonly address: string | null;
  readonly networks: readonly string[];
}

/** All containers of the instance, running or not: one call of some ten milliseconds for a hundred apps. */
export async function listContainers(
  docker: Docker,
  instance: string,
  more: readonly string[] = [],
): Promise<Listed[]> {
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`${label.instance}=${instance}`, ...more] },
  });
  return found.map(readListed);
}

export function readListed(found: Docker.ContainerInfo): Listed {
  return {
    id: found.Id,
    name: (found.Names[0] ?? found.Id).replace(/^\//, ""),
    labels: found.Labels,
    image: found.ImageID,
    running: found.State === "running",
    restarting: found.State === "restarting",
    createdAt: new Date(found.Created * 1000).toISOString(),
    joins: joinedContainer(found.HostConfig.NetworkMode),
    address: givenAddress(found.NetworkSettings.Networks),
    networks: Object.keys(found.NetworkSettings.Networks),
  };
}

/** `container:ID` names the container whose network is shared. */
export function joinedContainer(networkMode: string | undefined): string | null {
  const prefix = "container:";
  return networkMode?.startsWith(prefix) === true ? networkMode.slice(prefix.length) : null;
}

/** The address that was asked for; on further networks, like those of links, Docker chooses. */
export function givenAddress(
  networks: Readonly<Record<string, Pick<Docker.NetworkInfo, "IPAMConfig">>>,
): string | null {
  for (const { IPAMConfig } of Object.values(networks)) {
    const asked: { IPv4Address?: string } | null | undefined = IPAMConfig;
    if (asked?.IPv4Address !== undefined) {
      return asked.IPv4Address;
    }
  }
  return null;
}
