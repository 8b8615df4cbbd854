import { unhealthy } from "../../errors.ts";
import type { Engine, ReplicaState } from "../../ports.ts";
import type { HealthCheck } from "../plan/health-check.ts";
import type { Report } from "../report.ts";
import { waitFor } from "../../system/wait.ts";
import { ask, askHealthcheck, type Look, notWell, type Probed } from "./probe.ts";

/** Who waits is told now and then what is missing. */
export interface Waiter {
  readonly tell: (line: string) => void;
  readonly everyMs: number;
}

/** What was seen before there was an answer: of Docker, and of the replica. */
const notTold = notWell("Docker does not tell its state");
const notAnswered = notWell("it has not answered yet");
const restarting = notWell("it ended, and Docker is about to start it again");

const tellEveryMs = 10_000;
const longestSeen = 200;

/** Tells the person who waits for a deploy. */
export function waiterOf(report: Pick<Report, "detail">): Waiter {
  return { tell: (line) => report.detail(line), everyMs: tellEveryMs };
}

export const logLines = 50;
/** The last words of a process may reach the log after its end. */
const logTimeoutMs = 2_000;

/** Of one that has just been started. */
function hasDied({ running, restarts }: ReplicaState): boolean {
  return !running || restarts > 0;
}

/**
 * Resolves as soon as the replica is well: its image's HEALTHCHECK passes, or its path answers, or its port accepts.
 * @param hasFailed what it cannot become well from
 * @throws unhealthy with the last answer and the last log lines, when it dies or `deadlineMs` is over
 */
export async function awaitHealthy(
  engine: Engine,
  replica: Probed,
  check: HealthCheck,
  signal: AbortSignal,
  waiter: Waiter,
  hasFailed: (state: ReplicaState) => boolean = hasDied,
): Promise<void> {
  const began = performance.now();
  let last = notTold;
  let nextWordMs = waiter.everyMs;
  const tellNowAndThen = () => {
    const sinceMs = performance.now() - began;
    if (sinceMs >= nextWordMs) {
      nextWordMs = sinceMs + waiter.everyMs;
      const leftSeconds = Math.max(0, Math.round((check.deadlineMs - sinceMs) / 1000));
      waiter.tell(`${replica.name} is not healthy yet: ${short(last.seen)}; ${leftSeconds} s left`);
    }
  };
  const lookAt = async (state: ReplicaState): Promise<Look> => {
    if (state.restarting) {
      return restarting;
    }
    return state.hasHealthcheck
      ? askHealthcheck(engine, replica, check)
      : ask(replica, check, performance.now() - began);
  };
  const look = async (): Promise<true | null> => {
    const state = await engine.inspectReplica(replica.id);
    if (state === null || hasFailed(state)) {
      throw await died(engine, replica, state);
    }
    last = last === notTold ? notAnswered : last;
    const result = await lookAt(state);
    if (!result.well) {
      last = result;
      tellNowAndThen();
      return null;
    }
    return true;
  };
  const well = await waitFor(look, {
    timeoutMs: check.deadlineMs,
    intervalMs: 5,
    maxIntervalMs: 500,
    signal,
  });
  if (well === null) {
    const seen = short(last.seen);
    throw unhealthy(
      `${replica.name} was not healthy within ${check.deadlineMs / 1000} s: ${seen.replace(/\.+$/, "")}.`,
      [
        ...(seen === last.seen ? [] : last.seen.split("\n")),
        ...(await lastLogLines(engine, replica.id)),
      ],
      last.atPort
        ? `The app has to listen on 0.0.0.0:${check.port}; that port is from ${check.portFrom}.`
        : undefined,
    );
  }
}

/** On one line: a HEALTHCHECK may have said much. */
function short(seen: string): string {
  const [line = ""] = seen.split("\n");
  return line.length > longestSeen ? `${line.slice(0, longestSeen)}...` : line;
}

async function died(engine: Engine, replica: Probed, state: ReplicaState | null) {
  const details = await lastLogLines(engine, replica.id);
  if (state === null) {
    return unhealthy(
      `${replica.name} was removed by somebody else before it was healthy.`,
      details,
    );
  }
  return unhealthy(
    state.oomKilled
      ? `${replica.name} was killed because it used more memory than it may.`
      : `${replica.name} ended with exit status ${state.exitCode} before it was healthy.`,
    details,
  );
}

export async function lastLogLines(engine: Engine, id: string): Promise<string[]> {
  const lines: string[] = [];
  try {
    const options = {
      follow: false,
      tail: logLines,
      since: null,
      signal: AbortSignal.timeout(logTimeoutMs),
    };
    for await (const line of engine.logs(id, options)) {
      lines.push(line);
    }
  } catch (error) {
    lines.push(
      `(its log could not be read: ${error instanceof Error ? error.message : "unknown"})`,
    );
  }
  return lines;
}
