import { chmod, chown, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import { addressNotHere, messageOf, portInUse, socketInUse } from "../errors.ts";
import type { Listen } from "../settings/settings.ts";
import { hasErrno } from "../system/errno.ts";

export interface Listening {
  /** What it listens on; the port is the real one where 0 was asked for. */
  readonly address: string;
  /** Accepts nothing more, lets answers in progress end for `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

export interface SocketOptions {
  /** Group that may use the socket beside its owner; null for the owner alone. */
  readonly gid: number | null;
}

/**
 * Listens on a Unix socket. One left behind by a killed daemon is replaced.
 * @throws socketInUse where a daemon answers on it
 */
export async function listenOnSocket(
  app: RequestListener,
  path: string,
  options: SocketOptions,
): Promise<Listening> {
  if (await isAnswering(path)) {
    throw socketInUse(path);
  }
  await rm(path, { force: true });
  const server = createServer(inTurn(app));
  withoutEnd(server);
  // Between bind and chmod nobody else may slip in.
  const umask = process.umask(0o177);
  const listening = once(server, "listening");
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await listening;
  if (options.gid !== null) {
    await chown(path, process.getuid?.() ?? 0, options.gid);
    await chmod(path, 0o660);
  }
  return { address: path, close: (graceMs) => close(server, graceMs) };
}

/** To say what one wants. */
export const longestHeadersMs = 30_000;

/**
 * Who has not said within `headersTimeoutMs` what he wants is cut off.
 * @throws portInUse, addressNotHere
 */
export async function listenOnTcp(
  app: RequestListener,
  listen: Listen,
  headersTimeoutMs = longestHeadersMs,
): Promise<Listening> {
  // Node looks only every 30 s by itself.
  const connectionsCheckingInterval = headersTimeoutMs / 5;
  const server = createServer(
    { headersTimeout: headersTimeoutMs, connectionsCheckingInterval },
    inTurn(app),
  );
  withoutEnd(server);
  const listening = once(server, "listening");
  server.listen(listen.port, listen.host);
  try {
    await listening;
  } catch (error) {
    throw refused(listen, error);
  }
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : listen.port;
  return { address: `${listen.host}:${port}`, close: (graceMs) => close(server, graceMs) };
}

function refused({ host, port }: Listen, error: unknown): unknown {
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  if (hasErrno(error, "EADDRINUSE")) {
    return portInUse(address, error);
  }
  // Without IPv6 it is the whole family that the kernel does not know.
  return hasErrno(error, "EADDRNOTAVAIL", "EAFNOSUPPORT")
    ? addressNotHere(address, messageOf(error), error)
    : error;
}

/**
 * Each request of a connection is begun when the one before it has been answered. Node itself begins whatever has come, and
 * when the connection closes it tells only the answer whose turn it is: what the others had begun would go on for nobody.
 */
export function inTurn(app: RequestListener): RequestListener {
  return (request, response) => {
    if (response.socket === null) {
      response.once("socket", () => app(request, response));
    } else {
      app(request, response);
    }
  };
}

/** Those that wait for their turn are held in memory. */
export const mostRequestsOfConnection = 1_000;

/** A push takes as long as its build, a followed log as long as somebody reads it. */
function withoutEnd(server: Server): void {
  server.requestTimeout = 0;
  server.maxRequestsPerSocket = mostRequestsOfConnection;
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}

async function isAnswering(path: string): Promise<boolean> {
  const client = connect(path);
  try {
    await once(client, "connect");
    return true;
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ECONNREFUSED", "ENOTSOCK")) {
      return false;
    }
    throw error;
  } finally {
    client.destroy();
  }
}
