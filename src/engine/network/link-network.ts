import type Docker from "dockerode";
import { linkedContainerMissing, linkedContainerNotOurs, networkNameTaken } from "../../errors.ts";
import type { Link } from "../../project.ts";
import { groupBy } from "../../system/group-by.ts";
import { orNull, tolerate } from "../client/docker.ts";
import { label, roleLabels } from "../labels.ts";
import type { Names } from "../names.ts";
import { createInFirst } from "./create-network.ts";
import { freeSubnets } from "./free-subnets.ts";
import { formatSubnet, planSubnets, type Subnet } from "./subnet.ts";

export type LinkNetworks = ReturnType<typeof createLinkNetworks>;

/** The private network of each app that has `# LINK_SERVICE`: its replicas, and the linked containers by their alias. */
export function createLinkNetworks(docker: Docker, names: Names, whole: Subnet) {
  const plan = planSubnets(whole).links;

  /**
   * The app's network exists and the linked containers are on it. @returns its name
   * @throws linkedContainerMissing, linkedContainerNotOurs
   */
  async function ensure(app: string, links: readonly Link[]): Promise<string> {
    const name = names.linkNetwork(app);
    const linked = await Promise.all(
      [...groupBy(links, (link) => link.container)].map(async ([container, theirs]) => ({
        found: await find(container),
        aliases: theirs.map(({ alias }) => alias),
      })),
    );
    const network = await orNull(docker.getNetwork(name).inspect());
    if (network === null) {
      await create(name, app);
    } else if (network.Labels?.[label.instance] !== names.instance) {
      throw networkNameTaken(name);
    }
    await Promise.all(linked.map(({ found, aliases }) => attach(name, found, aliases)));
    return name;
  }

  /** Docker's own pools hold some thirty networks, so these get a part of the instance's where that has room. */
  async function create(name: string, app: string): Promise<void> {
    const free = (await freeSubnets(docker, plan)).map(formatSubnet);
    await createInFirst(docker, [...free, null], formatSubnet(whole), (subnet) => ({
      Name: name,
      CheckDuplicate: true,
      Driver: "bridge",
      // Internal: the way out stays the routed network's.
      Internal: true,
      Labels: roleLabels(names.instance, "links", app),
      ...(subnet === null ? {} : { IPAM: { Driver: "default", Config: [{ Subnet: subnet }] } }),
    }));
  }

  /** @throws linkedContainerMissing, linkedContainerNotOurs */
  async function check(links: readonly Link[]): Promise<void> {
    await Promise.all(links.map(({ container }) => find(container)));
  }

  async function find(container: string): Promise<Docker.ContainerInspectInfo> {
    const asked = await orNull(docker.getContainer(container).inspect());
    // Docker takes the beginning of an id for a name, too, and the policy has judged the name.
    const found = asked?.Name === `/${container}` ? asked : null;
    if (found === null || !found.State.Running) {
      throw linkedContainerMissing(container, found !== null, names.instance);
    }
    if (found.Config.Labels[label.instance] !== names.instance) {
      throw linkedContainerNotOurs(container, names.instance);
    }
    return found;
  }

  async function attach(
    network: string,
    found: Docker.ContainerInspectInfo,
    wanted: readonly string[],
  ): Promise<void> {
    const endpoint = found.NetworkSettings.Networks[network];
    const present: string[] = endpoint?.Aliases ?? [];
    if (endpoint !== undefined && wanted.every((alias) => present.includes(alias))) {
      return;
    }
    const { Id } = found;
    if (endpoint !== undefined) {
      await docker.getNetwork(network).disconnect({ Container: Id, Force: true });
    }
    const aliases = [...new Set([...present, ...wanted])];
    await docker
      .getNetwork(network)
      .connect({ Container: Id, EndpointConfig: { Aliases: aliases } });
  }

  /** Takes the network away and leaves the linked containers be. */
  async function remove(name: string): Promise<void> {
    const network = docker.getNetwork(name);
    const found = await orNull(network.inspect());
    if (found === null || found.Labels?.[label.instance] !== names.instance) {
      return;
    }
    for (const Container of Object.keys(found.Containers ?? {})) {
      await tolerate(network.disconnect({ Container, Force: true }), 404);
    }
    await tolerate(network.remove(), 404);
  }

  return { ensure, check, remove };
}
