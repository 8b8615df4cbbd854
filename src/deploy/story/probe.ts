import { get } from "node:http";
import { connect } from "node:net";
import type { Engine, Replica } from "../../ports.ts";
import type { HealthCheck } from "../plan/health-check.ts";

/** A container that can be asked. */
export type Probed = Pick<Replica, "id" | "name" | "address">;

/** One look: well, or what was seen instead. */
export type Look = { readonly well: true } | NotWell;

export interface NotWell {
  readonly well: false;
  readonly seen: string;
  /** Nothing accepts at the port: the app may listen elsewhere. */
  readonly atPort: boolean;
}

export const connectTimeoutMs = 1_000;
export const answerTimeoutMs = 5_000;
/** How long an app that answers no port must have stayed up. */
const settleMs = 1_000;

export function notWell(seen: string, atPort = false): NotWell {
  return { well: false, seen, atPort };
}

/** By its image's HEALTHCHECK, and at its port. */
export async function askHealthcheck(
  engine: Engine,
  replica: Probed,
  check: HealthCheck,
): Promise<Look> {
  const { exitCode, output } = await engine.runHealthcheck(replica.id, answerTimeoutMs);
  if (exitCode !== 0) {
    const said = output.trim() === "" ? "" : `: ${output.trim()}`;
    return notWell(`its HEALTHCHECK ended with ${exitCode}${said}`);
  }
  return check.port === null ? { well: true } : askPort(replica, check.port);
}

/** At its path or its port; without a port, it must have stayed up. */
export async function ask(replica: Probed, check: HealthCheck, upMs: number): Promise<Look> {
  if (check.port === null) {
    // A deadline that is no longer than that leaves time for the look.
    return upMs >= Math.min(settleMs, check.deadlineMs / 2)
      ? { well: true }
      : notWell("it has just started");
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

function addressOf(replica: Probed): string {
  if (replica.address === null) {
    throw new Error(`${replica.name} has no address`);
  }
  return replica.address;
}
