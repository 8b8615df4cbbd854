import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import Consul from "consul";

export interface ConsulAddress {
  /** `http://127.0.0.1:8500`; without a scheme it is plain HTTP. */
  readonly address: string;
  readonly token: string | null;
}

/** Consul itself waits up to 7 s for a leader before it gives up (rpc_hold_timeout). */
export const answerTimeoutMs = 10_000;
const connectTimeoutMs = 2_000;
/** More calls at one time wait their turn: without a bound Consul hangs up on many of them. */
const maxSockets = 20;

/** A client whose every call is over after `answerTimeoutMs`, and after 2 s where nobody listens. */
export function connectToConsul({ address, token }: ConsulAddress): Consul {
  const url = urlOf(address);
  const Agent = url.protocol === "https:" ? https.Agent : http.Agent;
  const options = {
    baseUrl: `${url.href.replace(/\/+$/, "")}/v1`,
    agent: withConnectTimeout(new Agent({ keepAlive: true, maxSockets })),
    defaults: { timeout: answerTimeoutMs, ...(token === null ? {} : { token }) },
  };
  return new Consul(options);
}

/** The address as it may appear in messages and logs: without a user and password. */
export function shownAddress(address: string): string {
  const url = urlOf(address);
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

function urlOf(address: string): URL {
  return new URL(address.includes("://") ? address : `http://${address}`);
}

/** The kernel would go on trying to connect for two minutes. */
function withConnectTimeout<A extends http.Agent>(agent: A): A {
  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = createConnection(options, callback);
    return socket instanceof Object ? destroyedUnlessConnected(socket) : socket;
  };
  return agent;
}

function destroyedUnlessConnected(socket: Duplex): Duplex {
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection within ${connectTimeoutMs / 1000} s`)),
    connectTimeoutMs,
  );
  const settled = () => clearTimeout(timer);
  return socket.once("connect", settled).once("close", settled);
}
