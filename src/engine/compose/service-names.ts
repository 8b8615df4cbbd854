import type Docker from "dockerode";
import type { Composer, ServiceContainer } from "../../compose-ports.ts";
import type { Definition } from "../../service.ts";
import type { Log } from "../../system/log.ts";
import { DockerAnswer, orNull, tolerate } from "../client/docker.ts";
import { readService } from "../labels.ts";
import type { Names } from "../names.ts";
import { type Endpoint, reconnect, withAliases } from "./endpoint.ts";
import { partOf } from "./json-part.ts";
import type { Resources } from "./resources.ts";
import { nameOf } from "./services-definition.ts";

/** Older engines give a container its id as a name, as far as `docker ps` shows it. */
const shortIdLength = 12;

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
        await rename(container.id, plainName(container, found));
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
        const found = await giveNames(container, definition, (due, present, inspected) => {
          const plain = [plainName(container, inspected), inspected.Id.slice(0, shortIdLength)];
          return [...present.filter(isOneOf(plain)), ...due];
        });
        if (found !== null) {
          const own = ownName(container, containers, definition);
          await rename(container.id, own ?? plainName(container, found));
        }
      }),
    );
  };

  const lendNames: Composer["lendNames"] = async (containers, definition) => {
    await Promise.all(
      containers.map(async (container) => {
        const found = await giveNames(container, definition, (due, present) => [
          ...present,
          ...due,
        ]);
        const own = ownName(container, containers, definition);
        if (found !== null && own !== null) {
          await rename(container.id, own);
        }
      }),
    );
  };

  /**
   * Puts a container on the networks of its service.
   * @param namesOn its names on one of them, from those of the definition and those it has there
   */
  async function giveNames(
    container: ServiceContainer,
    definition: Definition,
    namesOn: (
      due: readonly string[],
      present: readonly string[],
      found: Inspected,
    ) => readonly string[],
  ): Promise<Inspected | null> {
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
    const { changes, found } = await changesFor(container, (network, present, inspected) => {
      const due = wanted.get(network);
      return due === undefined ? present : [...new Set(namesOn(due, present, inspected))];
    });
    if (found === null) {
      return null;
    }
    const networks = found.NetworkSettings.Networks;
    const missing = [...wanted].filter(([network]) => networks[network] === undefined);
    const mayStop = changes.length + missing.length > 0 && found.State.Running;
    const paused = found.State.Paused || (mayStop && (await pause(container)));
    try {
      await apply(container, changes);
      for (const [network, aliases] of missing) {
        const EndpointConfig = { Aliases: [...aliases] };
        await tolerate(docker.getNetwork(network).connect({ Container: id, EndpointConfig }), 404);
      }
    } finally {
      // Also where whoever paused it was ended in the middle.
      await (paused ? resume(container) : null);
    }
    return found;
  }

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
    aliases: (network: string, present: readonly string[], found: Inspected) => readonly string[],
  ) {
    const [found, subnets] = await Promise.all([inspect(id), resources.subnetsOf(app)]);
    if (found === null) {
      return { found, changes: [] };
    }
    const networks: [string, Endpoint][] = Object.entries(found.NetworkSettings.Networks);
    const all = networks.flatMap(([network, endpoint]) => {
      const present = endpoint.Aliases ?? [];
      const wanted = aliases(network, present, found);
      const isKnown = wanted.length === present.length && wanted.every(isOneOf(present));
      return isKnown ? [] : [{ network, endpoint, wanted }];
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

  /** As docker compose calls it, without a `container_name`. */
  function plainName({ app, service }: ServiceContainer, { Config }: Inspected): string {
    return names.service(app, service, readService(Config.Labels)?.number ?? 0);
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

  return { hideNames, leaveNetworks, lendNames, showNames };
}

/** Its `container_name`; null where it has none, or is not alone. */
function ownName(
  { id, service }: ServiceContainer,
  containers: readonly ServiceContainer[],
  { services }: Definition,
): string | null {
  const own = partOf(services[service])["x-goku-container-name"];
  const isAlone = containers.every((other) => other.id === id || other.service !== service);
  return typeof own === "string" && isAlone ? own : null;
}

function isOneOf(names: readonly string[]) {
  return (name: string) => names.includes(name);
}
