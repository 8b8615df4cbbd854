import type Docker from "dockerode";
import type { EngineEvent } from "../ports.ts";
import type { Log } from "../system/log.ts";
import { containerEvents } from "./events.ts";
import { label, readReplica, readService } from "./labels.ts";

const kinds = { start: "started", die: "died", destroy: "removed" } as const;

/** Replicas and services that started, died or were removed by anybody, and `engine` when Docker came back. */
export async function* watchReplicas(
  docker: Docker,
  instance: string,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const filter = { label: [`${label.instance}=${instance}`] };
  for await (const event of containerEvents(docker, filter, log, signal)) {
    if (event.kind === "connected") {
      if (event.again) {
        yield { kind: "engine" };
      }
      continue;
    }
    const owner = readReplica(event.labels) ?? readService(event.labels);
    if (owner !== null) {
      yield { kind: kinds[event.kind], app: owner.app, replica: event.id };
    }
  }
}
