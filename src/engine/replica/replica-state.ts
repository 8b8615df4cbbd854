import type { ReplicaState } from "../../ports.ts";

/** 128 and SIGKILL. */
const killed = 137;

/** What matters of Docker's account of a container. */
interface Inspected {
  readonly State: {
    readonly Running: boolean;
    readonly Restarting: boolean;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
  };
  readonly RestartCount: number;
  readonly Config: { readonly Healthcheck?: { readonly Test?: readonly string[] } };
  readonly HostConfig: { readonly Memory?: number };
}

export function readState(found: Inspected): ReplicaState {
  const { State, RestartCount, Config, HostConfig } = found;
  const running = State.Running && !State.Restarting;
  // Docker misses some of the kernel's reports (one in eight, seen on cgroup v1). Whoever kills a replica on purpose
  // does not ask why it died.
  const killedAtLimit = !running && State.ExitCode === killed && (HostConfig.Memory ?? 0) > 0;
  return {
    running,
    restarting: State.Restarting,
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled || killedAtLimit,
    restarts: RestartCount,
    hasHealthcheck: (Config.Healthcheck?.Test?.[0] ?? "NONE") !== "NONE",
  };
}
