import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import type { Log } from "../system/log.ts";
import { jsonLines, openStream } from "./client/stream.ts";
import type { Labels } from "./labels.ts";

/** What happened to a container; `connected` when the engine begins to tell, `again` after it could not be reached. */
export type ContainerEvent =
  | {
      readonly kind: "start" | "die" | "destroy";
      readonly id: string;
      readonly labels: Labels;
    }
  | { readonly kind: "connected"; readonly again: boolean };

interface EventLine {
  readonly Action: "start" | "die" | "destroy";
  readonly Actor: { readonly ID: string; readonly Attributes: Labels };
}

const firstPauseMs = 20;
const longestPauseMs = 1_000;

/**
 * Events of all containers with the labels, until the signal ends it. Survives the engine's restarts. Healthchecks
 * would flood it with `exec_*`, so Docker is asked for three actions alone.
 */
export async function* containerEvents(
  docker: Docker,
  filter: { readonly label: readonly string[] },
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<ContainerEvent> {
  let pauseMs = firstPauseMs;
  let again = false;
  while (!signal.aborted) {
    try {
      const stream = await openStream(docker, {
        method: "GET",
        path: "/events",
        query: {
          filters: { ...filter, type: ["container"], event: ["start", "die", "destroy"] },
        },
        signal,
      });
      pauseMs = firstPauseMs;
      yield { kind: "connected", again };
      for await (const { Action, Actor } of jsonLines<EventLine>(stream, signal)) {
        yield { kind: Action, id: Actor.ID, labels: Actor.Attributes };
      }
    } catch (error) {
      if (!signal.aborted) {
        log.debug({ err: error }, "Docker tells no events");
      }
    }
    again = true;
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}
