import type Docker from "dockerode";
import { label, type Labels } from "./labels.ts";
import { isRoutedNetwork } from "./names.ts";

/** What Docker's list says of one of the instance's containers, as far as Goku cares. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** Image id. */
  readonly image: string;
  /** As Docker says it: `created`, `running`, `exited` ... */
  readonly state: string;
  /** Exit status of one that has ended; null for others. */
  readonly exitStatus: number | null;
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
  /** Ids of its networks, of which one that stands still may have lost some; empty where it never started. */
  readonly networkIds: readonly string[];
  /** Names of volumes, and paths of the server, that are mounted and not only to be read. */
  readonly writes: readonly string[];
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
  return found.map((each) => readListed(each, instance));
}

function readListed(found: Docker.ContainerInfo, instance: string): Listed {
  return {
    id: found.Id,
    name: (found.Names[0] ?? found.Id).replace(/^\//, ""),
    labels: found.Labels,
    image: found.ImageID,
    state: found.State,
    exitStatus: exitStatusOf(found.Status),
    running: found.State === "running",
    restarting: found.State === "restarting",
    createdAt: new Date(found.Created * 1000).toISOString(),
    joins: joinedContainer(found.HostConfig.NetworkMode),
    address: givenAddress(found.NetworkSettings.Networks, instance),
    networks: Object.keys(found.NetworkSettings.Networks),
    networkIds: Object.entries(found.NetworkSettings.Networks)
      // Docker's own has another id after each of its restarts, and is found by its name.
      .filter(([network, { NetworkID }]) => network !== "bridge" && NetworkID !== "")
      .map(([, { NetworkID }]) => NetworkID),
    writes: found.Mounts.filter(({ RW }) => RW).map(({ Name, Source }) => Name ?? Source),
  };
}

/** Docker's list has it in its words alone: `Exited (0) 5 minutes ago`. */
function exitStatusOf(words: string): number | null {
  const status = /^Exited \((\d+)\)/.exec(words)?.[1];
  return status === undefined ? null : Number(status);
}

/** `container:ID` names the container whose network is shared. */
export function joinedContainer(networkMode: string | undefined): string | null {
  const prefix = "container:";
  return networkMode?.startsWith(prefix) === true ? networkMode.slice(prefix.length) : null;
}

/** The address that was asked for on a routed network; on others, a compose file may ask for one. */
export function givenAddress(
  networks: Readonly<Record<string, Pick<Docker.NetworkInfo, "IPAMConfig">>>,
  instance: string,
): string | null {
  for (const [name, { IPAMConfig }] of Object.entries(networks)) {
    const asked: { IPv4Address?: string } | null | undefined = IPAMConfig;
    if (asked?.IPv4Address !== undefined && isRoutedNetwork(instance, name)) {
      return asked.IPv4Address;
    }
  }
  return null;
}
