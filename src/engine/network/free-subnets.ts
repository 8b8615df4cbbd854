import type Docker from "dockerode";
import { freeOf, type Subnet } from "./subnet.ts";

/** Those of the subnets that no network of Docker has an address of. */
export async function freeSubnets(docker: Docker, subnets: readonly Subnet[]): Promise<Subnet[]> {
  const networks = await docker.listNetworks();
  const used = networks.flatMap(({ IPAM }) => IPAM?.Config ?? []);
  return freeOf(
    subnets,
    used.flatMap(({ Subnet: text }) => text ?? []),
  );
}
