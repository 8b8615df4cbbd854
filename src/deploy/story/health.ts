import { get } from "node:http";
import { connect } from "node:net";
import { badProject, unhealthy } from "../../errors.ts";
import type { Engine, Replica } from "../../ports.ts";
import type { Report } from "../report.ts";
import { waitFor } from "../../system/wait.ts";

/** How a replica proves that it is well. */
export interface HealthCheck {
  /** The port that must accept connections; null for an app without HTTP. */
  readonly port: number | null;
  /** Where the port is written, for messages. */
  readonly portFrom: string;
  /** Path that must answer 2xx or 3xx (CUSTOM_CHECK); null for none. */
  readonly path: string | null;
  readonly host: string;
  readonly deadlineMs: number;
}

/** A container that can be asked. */
export type Probed = Pick<Replica, "id" | "name" | "address">;

/** One look: well, or what was seen instead. */
type Look = { readonly well: true } | NotWell;

interface NotWell {
  readonly well: false;
  readonly seen: string;
  /** Nothing accepts at the port: the app may listen elsewhere. */
  readonly atPort: boolean;
}

/** Who waits is told now and then what is missing. */
export interface Waiter {
  readonly tell: (line: string) => void;
  readonly everyMs: number;
}

/** What was seen before there was an answer: of Docker, and of the replica. */
const notTold = notWell("Docker does not tell its state");
const notAnswered = notWell("it has not answered yet");

const tellEveryMs = 10_000;
const longestSeen = 200;

/** Tells the person who waits for a deploy. */
export function waiterOf(report: Pick<Report, "detail">): Waiter {
  return { tell: (line) => report.detail(line), everyMs: tellEveryMs };
}

const connectTimeoutMs = 1_000;
const answerTimeoutMs = 5_000;
/** How long an app that answers no port must have stayed up. */
const settleMs = 1_000;
const logLines = 50;
/** The last words of a process may reach the log after its end. */
const logTimeoutMs = 2_000;

/**
 * Resolves as soon as the replica is well: its image's HEALTHCHECK passes, or its path answers, or its port accepts.
 * @throws unhealthy with the last answer and the last log lines, when it dies or `deadlineMs` is over
 */
export async function awaitHealthy(
  engine: Engine,
  replica: Probed,
  check: HealthCheck,
  signal: AbortSignal,
  waiter: Waiter,
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
  const look = async (): Promise<true | null> => {
    const state = await engine.inspectReplica(replica.id);
    if (state === null || !state.running || state.restarts > 0) {
      throw await died(engine, replica, state);
    }
    last = last === notTold ? notAnswered : last;
    const result = state.hasHealthcheck
      ? await askHealthcheck(engine, replica, check)
      : await ask(replica, check, performance.now() - began);
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
    throw unhealthy(
      `${replica.name} was not healthy within ${check.deadlineMs / 1000} s: ${last.seen}.`,
      await lastLogLines(engine, replica.id),
      last.atPort
        ? `The app has to listen on 0.0.0.0:${check.port}; that port is from ${check.portFrom}.`
        : undefined,
    );
  }
}

function notWell(seen: string, atPort = false): NotWell {
  return { well: false, seen, atPort };
}

/** On one line: a HEALTHCHECK may have said much. */
function short(seen: string): string {
  const [line = ""] = seen.split("\n");
  return line.length > longestSeen ? `${line.slice(0, longestSeen)}...` : line;
}

async function died(
  engine: Engine,
  replica: Probed,
  state: Awaited<ReturnType<Engine["inspectReplica"]>>,
) {
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

async function askHealthcheck(engine: Engine, replica: Probed, check: HealthCheck): Promise<Look> {
  const { exitCode, output } = await engine.runHealthcheck(replica.id, answerTimeoutMs);
  if (exitCode !== 0) {
    const said = output.trim() === "" ? "" : `: ${output.trim()}`;
    return notWell(`its HEALTHCHECK ended with ${exitCode}${said}`);
  }
  return check.port === null ? { well: true } : askPort(replica, check.port);
}

async function ask(replica: Probed, check: HealthCheck, upMs: number): Promise<Look> {
  if (check.port === null) {
    return upMs >= settleMs ? { well: true } : notWell("it has just started");
  }
  return check.path === null
    ? askPort(replica, check.port)
    : askPath(replica, check.port, check.path, check.host);
}

function askPort(replica: Probed, port: number): Promise<Look> {
  return new Promise((resolve) => {
    const socket = connect({ host: addressOf(replica), port, timeout: connectTimeoutMs });
    const end = (look: Look) => {
      socket.destroy();
      resolve(look);
    };
    socket.once("connect", () => end({ well: true }));
    socket.once("timeout", () => end(notWell(`port ${port} did not answer`, true)));
    socket.once("error", (error) =>
      end(notWell(`port ${port} did not accept a connection (${error.message})`, true)),
    );
  });
}

function askPath(replica: Probed, port: number, path: string, host: string): Promise<Look> {
  return new Promise((resolve) => {
    const request = get(
      {
        host: addressOf(replica),
        port,
        path,
        headers: { host },
        timeout: answerTimeoutMs,
        agent: false,
      },
      (response) => {
        const status = response.statusCode ?? 0;
        response.destroy();
        resolve(
          status >= 200 && status < 400
            ? { well: true }
            : notWell(`${path} on port ${port} answered ${status}`),
        );
      },
    );
    request.once("timeout", () => request.destroy(new Error(`no answer in ${answerTimeoutMs} ms`)));
    request.once("error", (error) =>
      resolve(notWell(`${path} on port ${port} gave no answer (${error.message})`)),
    );
  });
}

/** The path of CUSTOM_CHECK, which may be given as a path or, as octohost had it, a URL. */
export function checkPath(customCheck: string | undefined): string | null {
  if (customCheck === undefined || customCheck === "") {
    return null;
  }
  const url = URL.parse(customCheck, "http://app.invalid/");
  if (url === null || !url.protocol.startsWith("http")) {
    throw badProject(
      `CUSTOM_CHECK is "${customCheck}", which is neither a path nor a URL.`,
      "Set it to a path that answers 2xx or 3xx: octo config:set APP/CUSTOM_CHECK /health",
    );
  }
  return url.pathname + url.search;
}

function addressOf(replica: Probed): string {
  if (replica.address === null) {
    throw new Error(`${replica.name} has no address`);
  }
  return replica.address;
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
