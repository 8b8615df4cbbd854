import type Docker from "dockerode";
import type { AppVolume, ReplicaSpec } from "../../ports.ts";
import type { HostMount } from "../../project.ts";
import { containerLog } from "../container-log.ts";
import { blankLabels, label, notComposeLabels, replicaLabels, roleLabels } from "../labels.ts";
import type { Names } from "../names.ts";
import { parseMemory } from "./memory.ts";

/**
 * A candidate: Docker does not start it again when it dies, so that a crash is seen as one. No init of Docker's is
 * put before the image's process: it costs 5 ms, and inits that images bring themselves refuse to be process 2.
 * @param stopMs grace that Docker gives it when Docker itself is stopped
 */
export function replicaOptions(
  names: Names,
  spec: ReplicaSpec,
  name: string,
  namespace: string,
  stopMs: number,
): Docker.ContainerCreateOptions {
  return {
    name,
    ...commonOptions(names, spec, namespace),
    Labels: { ...blankLabels, ...notComposeLabels, ...replicaLabels(names.instance, spec) },
    StopTimeout: Math.ceil(stopMs / 1000),
  };
}

/** A one-off command in the replica's surroundings; what it prints is not kept. */
export function runOptions(
  names: Names,
  spec: ReplicaSpec,
  command: readonly string[],
  name: string,
  namespace: string,
  hasInput: boolean,
): Docker.ContainerCreateOptions {
  const common = commonOptions(names, spec, namespace);
  return {
    name,
    ...common,
    Cmd: [...command],
    Labels: {
      ...blankLabels,
      ...notComposeLabels,
      ...roleLabels(names.instance, "run", spec.app),
      [label.release]: String(spec.version),
    },
    AttachStdout: true,
    AttachStderr: true,
    AttachStdin: hasInput,
    OpenStdin: hasInput,
    StdinOnce: hasInput,
    HostConfig: { ...common.HostConfig, LogConfig: { Type: "none", Config: {} } },
  };
}

function commonOptions(
  names: Names,
  spec: ReplicaSpec,
  namespace: string,
): Docker.ContainerCreateOptions {
  const memory = spec.memoryLimit === null ? null : parseMemory(spec.memoryLimit);
  return {
    Image: spec.image,
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    HostConfig: {
      NetworkMode: `container:${namespace}`,
      RestartPolicy: { Name: "no" },
      LogConfig: { Type: containerLog.driver, Config: containerLog.options },
      // The same for both: no swap on top.
      ...(memory === null ? {} : { Memory: memory, MemorySwap: memory }),
      ...(spec.volumesFrom === null ? {} : { VolumesFrom: [spec.volumesFrom] }),
      Mounts: [...spec.mounts.map(hostMount), ...spec.volumes.map(volumeMount(names, spec))],
    },
  };
}

function hostMount({ source, target }: HostMount) {
  return {
    Type: "bind" as const,
    Source: source,
    Target: target,
    // As `docker run -v` does it: a folder that is not there is made.
    BindOptions: { Propagation: "rprivate" as const, CreateMountpoint: true },
  };
}

/** Docker makes a volume that is not there, with these labels. */
const volumeMount =
  (names: Names, { app, origin }: ReplicaSpec) =>
  ({ name, target }: AppVolume): Docker.MountSettings => ({
    Type: "volume",
    Source: names.resource(app, name),
    Target: target,
    VolumeOptions: {
      NoCopy: false,
      Labels: {
        [label.instance]: names.instance,
        [label.app]: app,
        [label.origin]: origin,
      },
      DriverConfig: { Name: "local", Options: {} },
    },
  });
