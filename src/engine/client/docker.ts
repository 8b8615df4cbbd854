import Docker from "dockerode";
import { dockerUnavailable } from "../../errors.ts";
import { hasErrno } from "../../system/errno.ts";
import { timeLimits, withTimeLimits } from "./time-limits.ts";

/** Docker answered, and said no. */
export class DockerAnswer extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "DockerAnswer";
    this.status = status;
  }
}

export const defaultSocket = "/var/run/docker.sock";

/** Where docker.sock is not, or nobody listens, or Docker went away in the middle of an answer. */
const unreachable = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "EACCES", "ENOTSOCK"];

/**
 * A client of the engine behind a Unix socket. Each of its calls rejects with DockerAnswer, dockerUnavailable, or
 * what aborted it.
 */
export function connectDocker(socketPath: string, limits = timeLimits): Docker {
  // dockerode reads DOCKER_HOST and its relatives, and they would win over the socket where a host is named.
  const docker = new Docker({
    socketPath,
    host: undefined,
    port: undefined,
    protocol: "http",
    ca: undefined,
    cert: undefined,
    key: undefined,
  });
  const { modem } = docker;
  const dial = withTimeLimits(modem.dial.bind(modem), limits);
  modem.dial = (options, callback) =>
    dial(options, (error, result) => callback?.(error === null ? null : translate(error), result));
  return docker;
}

/** What an error of dockerode or of a stream it opened means. */
export function translate(error: Error): Error {
  if ("statusCode" in error && typeof error.statusCode === "number") {
    return new DockerAnswer(error.statusCode, reasonOf(error));
  }
  return hasErrno(error, ...unreachable) ? dockerUnavailable(error) : error;
}

/** Docker's own sentence, without what dockerode puts around it. */
function reasonOf(error: Error): string {
  const json = "json" in error ? error.json : null;
  const message =
    typeof json === "object" && json !== null && "message" in json ? json.message : null;
  return typeof message === "string"
    ? message.trim()
    : error.message.replace(/^\(HTTP code \d+\) .*? - /, "").trim();
}

/** dockerode's own takes no signal. */
export function ping(docker: Docker, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      { path: "/_ping", method: "GET", abortSignal: signal, statusCodes: { 200: true } },
      (error) => (error === null ? resolve() : reject(error)),
    );
  });
}

export function answered(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof DockerAnswer && statuses.includes(error.status);
}

/** The call's result, or null where Docker says that there is no such thing. */
export async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (answered(error, 404)) {
      return null;
    }
    throw error;
  }
}

/** Ends the wait for a call whose effect is there already (`statuses`). */
export async function tolerate(call: Promise<unknown>, ...statuses: number[]): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!answered(error, ...statuses)) {
      throw error;
    }
  }
}
