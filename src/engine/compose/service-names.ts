import type Docker from "dockerode";
import type { Composer, ServiceContainer } from "../../compose-ports.ts";
import type { Log } from "../../system/log.ts";
import { DockerAnswer, orNull, tolerate } from "../client/docker.ts";
import { readService } from "../labels.ts";
import type { Names } from "../names.ts";
import { type Endpoint, reconnect, withAliases } from "./endpoint.ts";
import { partOf } from "./json-part.ts";
import type { Resources } from "./resources.ts";
import { nameOf } from "./services-definition.ts";

type Inspected = Docker.ContainerInspectInfo;

/** What giving and taking names needs of the engine. */
export interface NamingParts {
  readonly docker: Docker;
  readonly names: Names;
  readonly resources: Resources;
  readonly log: Log;
  readonly rename: (id: string, name: string) => Promise<void>;
}

/** The names of services on the networks of their projects. Other networks are left alone. */
export function createServiceNames({ docker, names, resources, log, rename }: NamingParts) {
  const inspect = (id: string): Promise<Inspected | null> =>
    orNull(docker.getContainer(id).inspect());

  const hideNames: Composer["hideNames"] = async (containers) => {
    await Promise.all(
      containers.map(async (container) => {
        const { changes, found } = await changesFor(container, () => []);
        if (found === null || changes.length === 0) {
          return;
        }
        // Docker answers to a container's own name too, and that may be the `container_name` of the file.
        const number = readService(found.Config.Labels)?.number ?? 0;
        await rename(container.id, names.service(container.app, container.service, number));
        const paused = found.State.Running && !found.State.Paused && (await pause(container));
        try {
          await apply(container, changes);
        } finally {
          await (paused ? resume(container) : null);
        }
      }),
    );
  };

  const showNames: Composer["showNames"] = async (containers, definition) => {
    await Promise.all(
      containers.map(async (container) => {
        const { app, id, service } = container;
        const part = partOf(definition.services[service]);
        const wanted = new Map(
          Object.entries(partOf(part["networks"])).map(([key, own]) => {
            const { aliases } = partOf(own);
            return [
              nameOf(names, app, key, partOf(definition.networks[key])),
              [service, ...(Array.isArray(aliases) ? aliases.map(String) : [])],
            ] as const;
          }),
        );
        const { changes, found } = await changesFor(container, (network, present) => [
          ...new Set([...present, ...(wanted.get(network) ?? [])]),
        ]);
        if (found === null) {
          return;
        }
        const networks = found.NetworkSettings.Networks;
        const missing = [...wanted].filter(([network]) => networks[network] === undefined);
        const mayStop = changes.length + missing.length > 0 && found.State.Running;
        const paused = found.State.Paused || (mayStop && (await pause(container)));
        try {
          await apply(container, changes);
          for (const [network, aliases] of missing) {
            const EndpointConfig = { Aliases: [...aliases] };
            await tolerate(
              docker.getNetwork(network).connect({ Container: id, EndpointConfig }),
              404,
            );
          }
        } finally {
          // Also where whoever paused it was ended in the middle.
          await (paused ? resume(container) : null);
        }
        const own = part["x-goku-container-name"];
        if (typeof own === "string" && containers.every(isOther(container))) {
          await rename(id, own);
        }
      }),
    );
  };

  const leaveNetworks: Composer["leaveNetworks"] = async (containers, definition) => {
    await Promise.all(
      containers.map(async ({ app, id, service }) => {
        const [found, subnets] = await Promise.all([inspect(id), resources.subnetsOf(app)]);
        const keys = Object.keys(partOf(partOf(definition.services[service])["networks"]));
        const wanted = new Set(
          keys.map((key) => nameOf(names, app, key, partOf(definition.networks[key]))),
        );
        const others = Object.keys(found?.NetworkSettings.Networks ?? {}).filter(
          (network) => subnets.has(network) && !wanted.has(network),
        );
        await Promise.all(
          others.map((network) =>
            tolerate(docker.getNetwork(network).disconnect({ Container: id }), 404),
          ),
        );
      }),
    );
  };

  /** What is to be done to a container for it to be known as `aliases` says. */
  async function changesFor(
    { app, id, name }: ServiceContainer,
    aliases: (network: string, present: readonly string[]) => readonly string[],
  ) {
    const [found, subnets] = await Promise.all([inspect(id), resources.subnetsOf(app)]);
    const networks: [string, Endpoint][] = Object.entries(found?.NetworkSettings.Networks ?? {});
    const all = networks.flatMap(([network, endpoint]) => {
      const present = endpoint.Aliases ?? [];
      const wanted = aliases(network, present);
      return wanted.length === present.length ? [] : [{ network, endpoint, wanted }];
    });
    const changes = all.filter(({ network }) => subnets.has(network));
    if (changes.length < all.length) {
      const left = all.filter(({ network }) => !subnets.has(network));
      log.info(
        { container: name, networks: left.map(({ network }) => network) },
        "its names stay as they are where Docker or an admin has chosen the subnet",
      );
    }
    return { found, changes };
  }

  async function apply(
    { id }: ServiceContainer,
    changes: Awaited<ReturnType<typeof changesFor>>["changes"],
  ): Promise<void> {
    for (const { network, endpoint, wanted } of changes) {
      await reconnect(docker, network, id, withAliases(endpoint, wanted), log);
    }
  }

  /** What it begins to ask of others while it is on no network would fail at once; asked later, it only waits. */
  async function pause({ id, name }: ServiceContainer): Promise<boolean> {
    try {
      await docker.getContainer(id).pause();
      return true;
    } catch (error) {
      if (!(error instanceof DockerAnswer)) {
        throw error;
      }
      log.info({ err: error, container: name }, "it cannot be paused");
      return false;
    }
  }

  async function resume({ id }: ServiceContainer): Promise<void> {
    await tolerate(docker.getContainer(id).unpause(), 404, 409, 500);
  }

  return { hideNames, leaveNetworks, showNames };
}

function isOther({ id, service }: ServiceContainer) {
  return (other: ServiceContainer) => other.id === id || other.service !== service;
}
