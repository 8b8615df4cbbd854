import type Docker from "dockerode";
import {
  externalMissing,
  networkNameTaken,
  noSuchVolume,
  resourceFailed,
  volumeInUse,
} from "../../errors.ts";
import type { MadeVolume, ReleaseServices, Volume } from "../../compose-ports.ts";
import type { DefinitionPart } from "../../service.ts";
import type { Log } from "../../system/log.ts";
import { answered, DockerAnswer, orNull, tolerate } from "../client/docker.ts";
import { label, withLabels } from "../labels.ts";
import type { Names } from "../names.ts";
import type { Subnet } from "../network/subnet.ts";
import { partOf } from "./json-part.ts";
import { createProjectNetworks } from "./project-networks.ts";
import { type Resource, volumeOptions } from "./resource-options.ts";
import { isExternal, nameOf, networksOf, volumesOf } from "./services-definition.ts";

/** Names of networks and volumes. */
export interface ResourceNames {
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

export type Resources = ReturnType<typeof createResources>;

/**
 * The networks and volumes of projects. They are made here and not by docker compose, which (from 2.30 on) takes a network
 * away under everything that runs on it when its definition has changed.
 */
export function createResources(docker: Docker, names: Names, whole: Subnet, log: Log) {
  const projectNetworks = createProjectNetworks(docker, names, whole, log);

  /**
   * What the services refer to is there. Those it has made are put into `made` as they come, so that they are known
   * where it throws.
   */
  async function ensure(
    release: Pick<ReleaseServices, "app" | "origin" | "definition">,
    services: readonly DefinitionPart[],
    made: { readonly networks: string[]; readonly volumes: string[] },
  ): Promise<void> {
    const { app, definition } = release;
    const networks = select(app, definition.networks, networksOf(services));
    const volumes = select(app, definition.volumes, volumesOf(services));
    await Promise.all([
      ...networks.map(async (network) => {
        if (await ensureNetwork(app, network)) {
          made.networks.push(network.name);
        }
      }),
      ...volumes.map(async (volume) => {
        if (await ensureVolume(release, volume)) {
          made.volumes.push(volume.name);
        }
      }),
    ]);
  }

  function select(
    app: string,
    parts: Readonly<Record<string, DefinitionPart>>,
    keys: readonly string[],
  ): Resource[] {
    return keys.map((key) => {
      const part = partOf(parts[key]);
      return { key, name: nameOf(names, app, key, part), part };
    });
  }

  /** True when it was made. */
  async function ensureNetwork(app: string, network: Resource): Promise<boolean> {
    const found = await orNull(docker.getNetwork(network.name).inspect());
    if (isExternal(network.part)) {
      if (found === null) {
        throw externalMissing("network", network.name);
      }
      return false;
    }
    if (found !== null) {
      if (found.Labels?.[label.instance] !== names.instance || found.Labels[label.app] !== app) {
        throw networkNameTaken(network.name);
      }
      return false;
    }
    await make("network", network.name, projectNetworks.create(app, network));
    return true;
  }

  async function ensureVolume(
    release: Pick<ReleaseServices, "app" | "origin">,
    volume: Resource,
  ): Promise<boolean> {
    const found = await orNull(docker.getVolume(volume.name).inspect());
    if (found !== null) {
      return false;
    }
    if (isExternal(volume.part)) {
      throw externalMissing("volume", volume.name);
    }
    await make("volume", volume.name, docker.createVolume(volumeOptions(names, release, volume)));
    return true;
  }

  async function make(kind: "network" | "volume", name: string, call: Promise<unknown>) {
    try {
      await call;
    } catch (error) {
      throw error instanceof DockerAnswer ? resourceFailed(kind, name, error) : error;
    }
  }

  /** As far as no container needs them: Docker itself would let a network go that a stopped one still needs. */
  async function removeUnused({ networks, volumes }: ResourceNames): Promise<void> {
    const unused = networks.length === 0 ? [] : await unusedOf(networks);
    await Promise.all([
      ...unused.map((name) => tolerate(docker.getNetwork(name).remove(), 403, 404)),
      ...volumes.map((name) => tolerate(docker.getVolume(name).remove(), 404, 409)),
    ]);
  }

  /** Of a container that never started, Docker tells networks by name or by id. */
  async function unusedOf(networks: readonly string[]): Promise<string[]> {
    const [containers, all] = await Promise.all([
      docker.listContainers({ all: true }),
      docker.listNetworks(),
    ]);
    const used = new Set(
      containers.flatMap(({ NetworkSettings }) => Object.keys(NetworkSettings.Networks)),
    );
    return all
      .filter(({ Name, Id }) => networks.includes(Name) && !used.has(Name) && !used.has(Id))
      .map(({ Name }) => Name);
  }

  async function removeUnusedNetworks(app: string): Promise<void> {
    const found = await docker.listNetworks({ filters: withLabels(mine(app)) });
    const networks = found
      .filter(({ Labels }) => Labels?.[label.role] === undefined)
      .map(({ Name }) => Name);
    await removeUnused({ networks, volumes: [] });
  }

  async function listVolumes(app: string): Promise<Volume[]> {
    const [{ Volumes }, containers] = await Promise.all([
      docker.listVolumes({ filters: JSON.stringify(withLabels(mine(app))) }),
      docker.listContainers({ all: true }),
    ]);
    const used = new Set(containers.flatMap(({ Mounts }) => Mounts.map(({ Name }) => Name)));
    const found: readonly { readonly Name: string; readonly CreatedAt?: string }[] = Volumes ?? [];
    return found
      .map(({ Name, CreatedAt }) => ({
        name: Name,
        used: used.has(Name),
        createdAt: new Date(CreatedAt ?? 0).toISOString(),
      }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async function volumesMadeFor(app: string, origin: string): Promise<MadeVolume[]> {
    const labels = { ...mine(app), [label.origin]: origin };
    const [{ Volumes }, containers] = await Promise.all([
      docker.listVolumes({ filters: JSON.stringify(withLabels(labels)) }),
      docker.listContainers({ all: true, filters: withLabels(mine(app)) }),
    ]);
    return (Volumes ?? []).map(({ Name }) => ({
      name: Name,
      holders: containers
        .filter(({ Mounts }) => Mounts.some((mount) => mount.Name === Name))
        .map(({ Id }) => Id),
    }));
  }

  async function removeVolume(name: string): Promise<void> {
    const volume = docker.getVolume(name);
    const found = await orNull(volume.inspect());
    const labels: Readonly<Record<string, string>> = found?.Labels ?? {};
    if (labels[label.instance] !== names.instance) {
      throw noSuchVolume(name);
    }
    try {
      await tolerate(volume.remove(), 404);
    } catch (error) {
      throw answered(error, 409) ? volumeInUse(name, error) : error;
    }
    log.info({ volume: name }, "removed a volume");
  }

  function mine(app: string) {
    return { [label.instance]: names.instance, [label.app]: app };
  }

  return {
    ensure,
    subnetsOf: projectNetworks.subnetsOf,
    removeUnused,
    removeUnusedNetworks,
    listVolumes,
    volumesMadeFor,
    removeVolume,
  };
}
