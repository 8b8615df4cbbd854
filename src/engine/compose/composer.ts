import type Docker from "dockerode";
import type { Composer, ServiceContainer } from "../../compose-ports.ts";
import type { Leases } from "../../store-ports.ts";
import type { Log } from "../../system/log.ts";
import { createTurns } from "../../system/turns.ts";
import type { BuildGuard } from "../build/build-guard.ts";
import { DockerAnswer, orNull, tolerate } from "../client/docker.ts";
import type { Listed } from "../container-list.ts";
import { readService } from "../labels.ts";
import type { Names } from "../names.ts";
import type { RoutedNetworks } from "../network/routed-networks.ts";
import type { Subnet } from "../network/subnet.ts";
import { blamingDocker } from "../blame.ts";
import { buildServices } from "./build-services.ts";
import { createComposeCommand } from "./compose-command.ts";
import { createServices } from "./create-services.ts";
import { describeImage, fetchImages } from "./fetch-images.ts";
import { interpret } from "./interpret.ts";
import type { Kept } from "./kept.ts";
import { createResources } from "./resources.ts";
import { createServiceRunner } from "./run-service.ts";
import { serviceFailure } from "./service-failure.ts";
import { listServices } from "./service-list.ts";
import { createServiceNames } from "./service-names.ts";

/** What the composer shares with the engine. */
export interface ComposerParts {
  readonly docker: Docker;
  readonly names: Names;
  readonly guard: BuildGuard;
  readonly socket: string;
  readonly dockerConfig: string;
  readonly networks: RoutedNetworks;
  /** The instance's own, of which projects get parts. */
  readonly subnet: Subnet;
  readonly leases: Leases;
  readonly list: (labels?: readonly string[]) => Promise<Listed[]>;
  readonly kept: Kept;
  readonly log: Log;
}

/** docker compose, and Docker for what that does not do. `running` holds the names of one-off commands' containers. */
export function createComposer(parts: ComposerParts) {
  const { docker, guard, kept, log, names, socket } = parts;
  const networks = async () => new Set((await docker.listNetworks()).map(({ Id }) => Id));
  const compose = createComposeCommand();
  const resources = createResources(docker, names, parts.subnet, log);
  const creation = { ...parts, compose, resources, list: () => parts.list() };
  /** Of each app: docker compose is told how many containers there are. */
  const inTurn = createTurns();
  const runner = createServiceRunner(creation, inTurn);

  async function startService(
    { id, app, service }: ServiceContainer,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    try {
      await tolerate(docker.getContainer(id).start({ abortSignal: signal }), 304);
    } catch (error) {
      signal.throwIfAborted();
      throw serviceFailure(error, { app, service });
    }
  }

  /** Docker refuses the name it has already, too. */
  async function renameService(id: string, name: string): Promise<void> {
    try {
      await tolerate(docker.getContainer(id).rename({ name }), 409);
    } catch (error) {
      if (!(error instanceof DockerAnswer && /same name/.test(error.message))) {
        throw error;
      }
    }
  }

  const naming = createServiceNames({ docker, names, resources, log, rename: renameService });

  const composer: Composer = {
    interpret: (source, signal) => interpret(compose, names, source, log, signal),
    build: (build, onLine, signal) =>
      blamingDocker(docker, () =>
        buildServices(docker, names, compose, guard, socket, build, onLine, signal),
      ),
    fetchImages: (references, onLine, signal) => fetchImages(parts, references, onLine, signal),
    describeImage: (id) => describeImage(docker, id),
    create: (spec, signal) =>
      blamingDocker(docker, () => inTurn(spec.app, () => createServices(creation, spec, signal))),
    uncreate: (created) => resources.removeUnused(created),
    listServices: async (app) => listServices(await parts.list(), { kept, networks }, app),
    startService,
    run: (...request) => blamingDocker(docker, () => runner.run(...request)),
    renameService,
    ...naming,
    removeUnusedNetworks: (app) => inTurn(app, () => resources.removeUnusedNetworks(app)),
    listVolumes: resources.listVolumes,
    volumesMadeFor: resources.volumesMadeFor,
    removeVolume: resources.removeVolume,
  };
  /** docker compose fails over a container that goes while it looks at what there is. */
  async function removeInTurn(id: string, remove: () => Promise<void>): Promise<void> {
    const found = await orNull(docker.getContainer(id).inspect());
    const service = found === null ? null : readService(found.Config.Labels);
    await (service === null ? remove() : inTurn(service.app, remove));
  }

  return { composer, running: runner.running, findCompose: compose.find, removeInTurn };
}
