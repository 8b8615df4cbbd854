import { homedir, totalmem } from "node:os";
import { join } from "node:path";
import { dockerUnavailable, isGokuError, messageOf } from "../errors.ts";
import type { Composer } from "../compose-ports.ts";
import type { Engine } from "../ports.ts";
import type { Leases } from "../store-ports.ts";
import type { Log } from "../system/log.ts";
import { blamingDocker } from "./blame.ts";
import { type BuildSettings, createBuildGuard } from "./build/build-guard.ts";
import { createBuilder } from "./build/builder.ts";
import { connectDocker, defaultSocket, ping } from "./client/docker.ts";
import { cleanUp } from "../system/clean-up.ts";
import { createComposer } from "./compose/composer.ts";
import { createKept } from "./compose/kept.ts";
import { removeLeftVarsFolders } from "./compose/vars-folders.ts";
import { type Listed, listContainers } from "./container-list.ts";
import { hasImage, pushImage } from "./image/images.ts";
import { pruneImages } from "./image/prune.ts";
import { label } from "./labels.ts";
import { createNames } from "./names.ts";
import { createClaims } from "./namespace/claims.ts";
import { guardNamespaces } from "./namespace/guard.ts";
import { ensureNamespaceImage } from "./namespace/namespace-image.ts";
import { createNamespaces } from "./namespace/namespaces.ts";
import { createLookAfter } from "./namespace/look-after.ts";
import { createPool } from "./namespace/pool.ts";
import { tidyNamespaces } from "./namespace/tidy.ts";
import { createLinkNetworks } from "./network/link-network.ts";
import { giveBack } from "./network/leases.ts";
import { createRoutedNetworks } from "./network/routed-networks.ts";
import { hasSeveralRouted, parseSubnet } from "./network/subnet.ts";
import { runHealthcheck } from "./replica/healthcheck.ts";
import { readLogs } from "./replica/logs.ts";
import { readReplicas } from "./replica/replica-list.ts";
import { createReplicas } from "./replica/replicas.ts";
import { createRunner } from "./replica/run.ts";
import { together } from "./together.ts";
import { checkDataContainer, removeVolumes, volumePaths } from "./volumes.ts";
import { watchReplicas } from "./watch.ts";

export interface EngineOptions {
  /** Label value, and prefix of every name in Docker when it is not `goku`. */
  readonly instance: string;
  /** IPv4 network in CIDR notation, shared out among the instance's networks. */
  readonly subnet: string;
  readonly leases: Leases;
  readonly log: Log;
  /** Host of the private registry, with its port; null for none. */
  readonly registry: string | null;
  readonly build: BuildSettings;
  /** Grace that Docker gives replicas when it is stopped itself. */
  readonly stopMs: number;
  readonly dockerSocket?: string | undefined;
  /** Spare namespaces kept ready. */
  readonly pool?: number;
  /** Namespaces of replicas that are gone, kept for others at most. */
  readonly reused?: number;
  /** The docker CLI's `config.json`, with what `docker login` left. */
  readonly dockerConfig?: string;
}

const defaultPool = 2;
/** At some 4 MB each, a hundredth of the machine's memory; more than one a second are not deployed. */
const defaultReused = Math.min(64, Math.floor(totalmem() / 100 / (4 * 2 ** 20)));
const pingTimeoutMs = 5_000;

/** Docker as the engine, and its way with compose projects. */
export interface DockerEngine extends Engine {
  readonly composer: Composer;
  /** Ends what it does in the background; what runs in Docker runs on. */
  close(): Promise<void>;
}

export function createEngine(options: EngineOptions): DockerEngine {
  const { instance, leases, log, stopMs } = options;
  const socket = options.dockerSocket ?? defaultSocket;
  const dockerConfig = options.dockerConfig ?? join(homedir(), ".docker/config.json");
  const subnet = parseSubnet(options.subnet);
  const docker = connectDocker(socket);
  const names = createNames(instance);
  const list = together((labels?: readonly string[]) => listContainers(docker, instance, labels));

  const routed = { nameOf: names.network, internal: false, ahead: true };
  const networks = createRoutedNetworks(docker, instance, routed, subnet, leases);
  const ofServices = { nameOf: names.serviceNetwork, internal: true, ahead: false };
  const serviceNetworks = hasSeveralRouted(subnet)
    ? createRoutedNetworks(docker, instance, ofServices, subnet, leases)
    : networks;
  const links = createLinkNetworks(docker, names, subnet);
  const namespaces = createNamespaces(docker, names, networks, leases, mend, log);
  const pool = createPool(
    { spares: options.pool ?? defaultPool, reused: options.reused ?? defaultReused },
    () => namespaces.make(null),
    namespaces.remove,
    log,
  );
  const claims = createClaims(names, namespaces, pool, links, list, leases, log);
  const replicas = createReplicas(
    docker,
    names,
    claims,
    (holder) => giveBack(leases, holder),
    stopMs,
    log,
  );
  const lookAfter = createLookAfter(replicas.rejoin, log);
  const runner = createRunner(docker, names, claims, log);
  const guard = createBuildGuard(docker, options.build, log);
  const builder = createBuilder(docker, names, guard, socket, dockerConfig);
  const shared = { docker, names, guard, socket, dockerConfig };
  const kept = createKept(docker, log);
  const parts = { ...shared, networks: serviceNetworks, subnet, leases, list, kept, log };
  const { composer, running, findCompose, removeInTurn } = createComposer(parts);

  const closing = new AbortController();
  let watching: Promise<void> | null = null;

  async function start(): Promise<void> {
    await Promise.all([mend(), guard.start(), lookForCompose()]);
    const containers = await tidy();
    await pool.fill();
    const { rejoin, stop } = replicas;
    const removeNamespace = namespaces.remove;
    const guarded = { instance, pool, list, rejoin, stop, removeNamespace, tidy: startAgain };
    watching ??= guardNamespaces(docker, guarded, log, closing.signal);
    // From here on the guard hears of what happens.
    lookAfter.begin(containers);
  }

  async function startAgain(): Promise<void> {
    lookAfter.forget();
    await start();
  }

  /** What namespaces are made of is there. */
  async function mend(): Promise<void> {
    await Promise.all([
      ensureNamespaceImage(docker, names),
      networks.ensure(),
      serviceNetworks.ensure(),
    ]);
  }

  /** So that no push waits for its version; one that needs it is told when it is missing. */
  async function lookForCompose(): Promise<void> {
    try {
      await findCompose();
    } catch (error) {
      log.warn({ problem: messageOf(error) }, "compose projects cannot be deployed");
    }
  }

  /** @returns the containers that were there */
  async function tidy(): Promise<Listed[]> {
    const left = (await list([`${label.role}=run`])).filter(
      ({ name }) => !runner.running.has(name) && !running.has(name),
    );
    await Promise.all(
      left.map(({ id, name }) => cleanUp(log, `remove ${name}`, () => replicas.remove(id))),
    );
    await cleanUp(log, "remove vars left in files", () => removeLeftVarsFolders(instance));
    return tidyNamespaces({ list, leases, claims, namespaces, pool, log });
  }

  return {
    composer,
    async ping() {
      try {
        await ping(docker, AbortSignal.timeout(pingTimeoutMs));
      } catch (error) {
        throw isGokuError(error) ? error : dockerUnavailable(error);
      }
    },
    start,
    buildImage: (...request) => blamingDocker(docker, () => builder.buildImage(...request)),
    hasImage: (image) => hasImage(docker, image),
    async pushImage(image, name, onLine, signal) {
      const { registry } = options;
      if (registry === null) {
        throw new Error("there is no registry to push to");
      }
      await pushImage(docker, registry, image, name, dockerConfig, onLine, log, signal);
    },
    pruneImages: (app, keep) => pruneImages(docker, names, app, keep, log),

    startReplica: replicas.start,
    async checkNeeds({ links: wanted, volumesFrom }) {
      await links.check(wanted);
      await checkDataContainer(docker, volumesFrom);
    },
    async keepReplica(id) {
      await replicas.keep(id);
      kept.forget(id);
      pool.refill();
    },
    async listReplicas(app) {
      return readReplicas(await list(), app);
    },
    inspectReplica: replicas.inspect,
    restartReplica: replicas.restart,
    stopReplica: replicas.stop,
    async removeReplica(id) {
      await removeInTurn(id, () => replicas.remove(id));
      kept.forget(id);
    },
    runHealthcheck: (id, timeoutMs) => runHealthcheck(docker, id, timeoutMs),
    logs: (id, logOptions) => readLogs(docker, id, logOptions),
    run: runner.run,
    volumePaths: (container) => volumePaths(docker, container),
    removeVolumes: (app) => removeVolumes(docker, instance, app),
    watch: (signal) => watchReplicas(docker, instance, log, signal),

    async close() {
      closing.abort();
      guard.close();
      await watching;
      await lookAfter.close();
      await pool.close();
    },
  };
}
