import type Docker from "dockerode";
import type { Log } from "../../system/log.ts";
import { answered, DockerAnswer } from "../client/docker.ts";
import { label, said, withLabels } from "../labels.ts";
import type { Names } from "../names.ts";
import { freeSubnets } from "../network/free-subnets.ts";
import { formatSubnet, parseSubnet, planSubnets, type Subnet } from "../network/subnet.ts";
import { networkOptions, type Resource, subnetOfFile, takesAnySubnet } from "./resource-options.ts";

/** What is in use is known, so that only what Docker does not tell of (routes of this machine) makes it refuse one. */
const mostTries = 8;

/** A network on which containers can be put on an address. */
export interface ProjectNetwork {
  readonly name: string;
  /** Null for one of the file's own. */
  readonly subnet: Subnet | null;
}

/** By name and by id. */
export type Subnets = ReadonlyMap<string, ProjectNetwork>;

/**
 * Networks of projects, in parts of the instance's own network: Docker's pools hold some thirty networks, and on those it
 * lets no container have a certain address.
 */
export function createProjectNetworks(docker: Docker, names: Names, whole: Subnet, log: Log) {
  const plan = planSubnets(whole).projects;

  /** Where no subnet is free, Docker chooses. */
  async function create(app: string, network: Resource): Promise<void> {
    const candidates = takesAnySubnet(network)
      ? (await freeSubnets(docker, plan)).slice(0, mostTries)
      : [];
    for (const subnet of candidates) {
      try {
        await docker.createNetwork(networkOptions(names, app, network, subnet));
        return;
      } catch (error) {
        if (!(error instanceof DockerAnswer) || answered(error, 409)) {
          throw error;
        }
        log.debug({ err: error, network: network.name }, `no network in ${formatSubnet(subnet)}`);
      }
    }
    await docker.createNetwork(networkOptions(names, app, network));
  }

  /** Those of an app's networks that have a subnet of ours or of the file. */
  async function subnetsOf(app: string): Promise<Subnets> {
    const labels = { [label.instance]: names.instance, [label.app]: app };
    const found = await docker.listNetworks({ filters: withLabels(labels) });
    return new Map(
      found.flatMap(({ Id, Name, Labels }) => {
        const text = said(Labels ?? {}, label.subnet);
        if (text === null || said(Labels ?? {}, label.role) !== null) {
          return [];
        }
        const network = { name: Name, subnet: text === subnetOfFile ? null : parseSubnet(text) };
        return [Name, Id].map((key) => [key, network] as const);
      }),
    );
  }

  return { create, subnetsOf };
}
