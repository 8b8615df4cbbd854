import type Docker from "dockerode";
import { namespaceLost } from "../../errors.ts";
import type { Replica, ReplicaSpec, ReplicaState } from "../../ports.ts";
import type { Log } from "../../system/log.ts";
import { createTurns } from "../../system/turns.ts";
import { waitFor } from "../../system/wait.ts";
import { cleanUp } from "../../system/clean-up.ts";
import { answered, orNull, tolerate } from "../client/docker.ts";
import { removeContainer } from "../client/remove-container.ts";
import { givenAddress, joinedContainer } from "../container-list.ts";
import { isGeneric, isNamespace, label } from "../labels.ts";
import type { Names } from "../names.ts";
import type { Claims } from "../namespace/claims.ts";
import type { Namespace } from "../namespace/namespaces.ts";
import { boundedGrace } from "./grace.ts";
import { hasLostNetwork } from "./lost-network.ts";
import { replicaOptions } from "./replica-options.ts";
import { readState } from "./replica-state.ts";
import { startFailure } from "../start-failure.ts";

/** Seconds that a process gets which nobody can reach any more. */
const unreachableGrace = 1;

/** How long a namespace may take that Docker starts again; it waits longer each time that one dies at once. */
const namespaceMs = 10_000;

/** More than there are spares: the last gets a namespace made for it. */
const mostAttempts = 4;

/** Starts, stops and removes replicas: an app's container, and the namespace container it has joined. */
export function createReplicas(
  docker: Docker,
  names: Names,
  claims: Claims,
  giveBack: (holder: string) => void,
  stopMs: number,
  log: Log,
) {
  const inTurn = createTurns();
  /** By replica: the start of its namespace after which it was restarted. Once is enough, whatever the times say. */
  const restartedAfter = new Map<string, string>();
  const stopping = new Set<string>();

  /** A spare may have been taken away (`docker rm`) a moment before Goku hears of it: then there is another. */
  async function start(
    spec: ReplicaSpec,
    signal: AbortSignal,
    onAddress: (address: string) => void = () => undefined,
  ): Promise<Replica> {
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const namespace = await claims.claim(spec);
      let id: string | null = null;
      try {
        signal.throwIfAborted();
        const created = await create(spec, namespace);
        id = created.id;
        claims.settle(namespace);
        signal.throwIfAborted();
        onAddress(namespace.address);
        await docker.getContainer(id).start();
        signal.throwIfAborted();
        return {
          id,
          name: created.name,
          app: spec.app,
          service: null,
          version: spec.version,
          index: spec.index,
          image: spec.image,
          address: namespace.address,
          running: true,
          restarting: false,
          createdAt: new Date().toISOString(),
        };
      } catch (error) {
        const isLost = answered(error, 404, 409) && !(await runs(namespace));
        await cleanUp(log, `remove what was started of ${spec.app}`, async () => {
          if (id !== null) {
            await removeContainer(docker, id);
          }
          await claims.giveUp(namespace, spec.app);
        });
        if (!isLost || attempt === mostAttempts) {
          throw startFailure(error, spec);
        }
      }
    }
  }

  async function runs({ id }: Namespace): Promise<boolean> {
    return (await orNull(docker.getContainer(id).inspect()))?.State.Running === true;
  }

  /** A restart makes a second set of containers for one release, which cannot have the same names. */
  async function create(spec: ReplicaSpec, namespace: Namespace) {
    const { app, version, index } = spec;
    const tryName = async (name: string) => {
      const options = replicaOptions(names, spec, name, namespace.id, stopMs);
      const { id } = await docker.createContainer(options);
      return { id, name };
    };
    try {
      return await tryName(names.replica(app, version, index));
    } catch (error) {
      if (!answered(error, 409)) {
        throw error;
      }
      return tryName(names.otherReplica(app, version, index));
    }
  }

  async function keep(id: string): Promise<void> {
    const change = { RestartPolicy: { Name: "unless-stopped" } };
    await tolerate(docker.getContainer(id).update(change), 404);
  }

  async function inspect(id: string): Promise<ReplicaState | null> {
    const found = await orNull(docker.getContainer(id).inspect());
    if (found === null) {
      return null;
    }
    return readState(found);
  }

  /**
   * Its namespace runs, and it runs in it. Whatever Docker does, a process that lived on while its namespace container
   * was started anew sits in a network nobody reaches, and has to be started again. A container with a network of its own,
   * as those of compose projects are, only has to run.
   */
  function restart(id: string): Promise<void> {
    return inTurn(id, async () => {
      const found = await docker.getContainer(id).inspect();
      if (found.State.Running) {
        await reach(found);
      } else {
        await joinedNamespace(found);
        await tolerate(docker.getContainer(id).start(), 304);
      }
    });
  }

  /** The same for one that runs. What does not, or is about to end, is left as it is: somebody may have stopped it. */
  function rejoin(id: string): Promise<void> {
    return inTurn(id, async () => {
      const found = await docker.getContainer(id).inspect();
      if (found.State.Running && !stopping.has(id)) {
        await reach(found);
      }
    });
  }

  async function reach(found: Docker.ContainerInspectInfo): Promise<void> {
    const namespace = await joinedNamespace(found);
    if (
      namespace !== null &&
      restartedAfter.get(found.Id) !== namespace.State.StartedAt &&
      (await hasLostNetwork(found, namespace))
    ) {
      log.warn(`${plainName(found)} runs in a network that nobody reaches; restarting it`);
      await docker.getContainer(found.Id).restart({ t: unreachableGrace });
      restartedAfter.set(found.Id, namespace.State.StartedAt);
    }
  }

  /** Running; null for a container with a network of its own. @throws namespaceLost */
  async function joinedNamespace(
    found: Docker.ContainerInspectInfo,
  ): Promise<Docker.ContainerInspectInfo | null> {
    const joined = joinedContainer(found.HostConfig.NetworkMode);
    return joined === null ? null : runningNamespace(found, joined);
  }

  /** @throws namespaceLost */
  async function runningNamespace(
    replica: Docker.ContainerInspectInfo,
    joined: string,
  ): Promise<Docker.ContainerInspectInfo> {
    const container = docker.getContainer(joined);
    const found = await orNull(container.inspect());
    if (found === null) {
      throw namespaceLost(plainName(replica));
    }
    if (isStarted(found)) {
      return found;
    }
    // Docker says that one is started already whose next start it only waits for.
    await tolerate(container.start(), 304);
    const look = async () => {
      const again = await container.inspect();
      return isStarted(again) ? again : null;
    };
    const started = await waitFor(look, { timeoutMs: namespaceMs });
    if (started === null) {
      throw namespaceLost(plainName(replica));
    }
    return started;
  }

  async function stop(id: string, graceMs: number | null): Promise<void> {
    const container = docker.getContainer(id);
    const seconds = graceMs === null ? await ownGrace(container) : Math.ceil(graceMs / 1000);
    const grace = seconds === null ? {} : { t: boundedGrace(seconds) };
    stopping.add(id);
    try {
      await tolerate(container.stop(grace), 304, 404);
    } finally {
      stopping.delete(id);
    }
  }

  /** Of two that remove it at once, one alone hands its namespace back. */
  function remove(id: string): Promise<void> {
    return inTurn(id, async () => {
      const found = await orNull(docker.getContainer(id).inspect());
      const joined = joinedContainer(found?.HostConfig.NetworkMode);
      const namespace = joined === null ? null : await readNamespace(joined);
      const leave = async () => {
        await removeContainer(docker, id);
        restartedAfter.delete(found?.Id ?? id);
        giveBack(found?.Id ?? id);
      };
      await (namespace === null
        ? leave()
        : claims.handBack(namespace, found?.Config.Labels[label.app] ?? "", leave));
    });
  }

  async function readNamespace(id: string): Promise<Namespace | null> {
    const found = await orNull(docker.getContainer(id).inspect());
    // Containers of compose projects may join each other.
    if (found === null || !isNamespace(found.Config.Labels)) {
      return null;
    }
    const networks = found.NetworkSettings.Networks;
    const address = givenAddress(networks, names.instance) ?? "";
    const linked = Object.keys(networks).length > 1;
    const generic = isGeneric(found.Config.Labels) && found.State.Running;
    return { id, name: plainName(found), address, generic, linked };
  }

  return { start, keep, inspect, restart, rejoin, stop, remove };
}

function isStarted({ State }: Docker.ContainerInspectInfo): boolean {
  return State.Running && !State.Restarting;
}

/** Docker puts a slash before it. */
function plainName({ Name }: Docker.ContainerInspectInfo): string {
  return Name.replace(/^\//, "");
}

/** Seconds; null where it leaves them to Docker, or is gone. */
async function ownGrace(container: Docker.Container): Promise<number | null> {
  const config: TimedConfig | undefined = (await orNull(container.inspect()))?.Config;
  return config?.StopTimeout ?? null;
}

interface TimedConfig {
  readonly Image: string;
  readonly StopTimeout?: number;
}
