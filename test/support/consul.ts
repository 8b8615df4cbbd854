import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../../src/system/wait.ts";
import { freePort } from "./free-port.ts";

export interface ConsulOptions {
  /** Everything is refused without a token that has the right. */
  readonly acl?: boolean;
  /** Keeps its data on disk, so that `kill` and `start` is an outage and not a new, empty Consul. */
  readonly durable?: boolean;
}

/** A Consul of the test's own, and a way to it that goes past the code under test. */
export interface TestConsul {
  readonly address: string;
  /** May do everything; null without `acl`. */
  readonly token: string | null;
  readonly pid: number;
  set(path: string, value: string | Buffer): Promise<void>;
  get(path: string): Promise<string | null>;
  remove(path: string): Promise<void>;
  /** A token with these rules (HCL) and no others. */
  createToken(rules: string): Promise<string>;
  /** Any other call of the HTTP API: `request("GET", "/agent/services")`. */
  request(method: string, path: string, body?: string | Buffer): Promise<Response>;
  /** kill -9 */
  kill(): Promise<void>;
  /** After `kill`: the same ports, and with `durable` the same data. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const startTimeoutMs = 50_000;
const tries = 3;

export async function startConsul(options: ConsulOptions = {}): Promise<TestConsul> {
  const folder = await mkdtemp(join(tmpdir(), "goku-consul-"));
  const token = options.acl === true ? randomUUID() : null;
  for (let left = tries; ; left -= 1) {
    const ports = { http: await freePort(), server: await freePort(), serf: await freePort() };
    const address = `http://127.0.0.1:${ports.http}`;
    const args = argumentsFor(options, folder, token, ports);
    try {
      const child = await launch(args, folder, address, token);
      return consulAt(address, token, folder, args, child);
    } catch (error) {
      // Somebody else may have taken a port in the meantime.
      if (left === 1) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
    }
  }
}

interface Ports {
  readonly http: number;
  readonly server: number;
  readonly serf: number;
}

function argumentsFor(
  { acl, durable }: ConsulOptions,
  folder: string,
  token: string | null,
  { http, server, serf }: Ports,
): string[] {
  const hcl = [
    `ports { http = ${http} server = ${server} serf_lan = ${serf} serf_wan = -1 dns = -1 grpc = -1 https = -1 }`,
    "performance { raft_multiplier = 1 }",
    ...(acl === true
      ? [`acl { enabled = true default_policy = "deny" tokens { master = "${token}" } }`]
      : []),
  ];
  const mode =
    durable === true
      ? ["-server", "-bootstrap-expect=1", `-data-dir=${join(folder, "data")}`]
      : ["-dev"];
  return ["agent", ...mode, "-bind=127.0.0.1", ...hcl.flatMap((text) => ["-hcl", text])];
}

/** Started, with a leader, and taking writes. */
async function launch(
  args: readonly string[],
  folder: string,
  address: string,
  token: string | null,
): Promise<ChildProcess> {
  const log = await open(join(folder, "consul.log"), "a");
  const child = spawn("consul", [...args], { stdio: ["ignore", log.fd, log.fd], cwd: folder });
  const killWithTest = () => child.kill("SIGKILL");
  process.once("exit", killWithTest);
  child.once("exit", () => process.off("exit", killWithTest));
  await once(child, "spawn");
  await log.close();
  const ready = await waitFor(
    async () => (child.exitCode !== null || (await takesWrites(address, token)) ? true : null),
    { timeoutMs: startTimeoutMs, maxIntervalMs: 50 },
  );
  if (ready === null || child.exitCode !== null) {
    await end(child);
    throw new Error(`Consul did not start:\n${await lastLines(folder)}`);
  }
  return child;
}

async function takesWrites(address: string, token: string | null): Promise<boolean> {
  try {
    const url = `${address}/v1/kv/goku-test-ready`;
    const answer = await fetch(url, { method: "PUT", body: "", headers: headersFor(token) });
    return answer.ok && (await fetch(url, { method: "DELETE", headers: headersFor(token) })).ok;
  } catch {
    return false;
  }
}

function consulAt(
  address: string,
  token: string | null,
  folder: string,
  args: readonly string[],
  first: ChildProcess,
): TestConsul {
  let child = first;
  const request = (method: string, path: string, body?: string | Buffer) =>
    fetch(`${address}/v1${path}`, { method, headers: headersFor(token), body });
  const succeed = async (method: string, path: string, body?: string | Buffer) => {
    const answer = await request(method, path, body);
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    }
    return answer;
  };
  return {
    address,
    token,
    get pid() {
      return child.pid ?? 0;
    },
    request,
    async set(path, value) {
      await succeed("PUT", `/kv/${encodeURIComponent(path)}`, value);
    },
    async get(path) {
      const answer = await request("GET", `/kv/${encodeURIComponent(path)}?raw`);
      return answer.ok ? answer.text() : null;
    },
    async remove(path) {
      await succeed("DELETE", `/kv/${encodeURIComponent(path)}`);
    },
    async createToken(rules) {
      const name = `test-${randomUUID()}`;
      await succeed("PUT", "/acl/policy", JSON.stringify({ Name: name, Rules: rules }));
      const body = JSON.stringify({ Policies: [{ Name: name }] });
      const created: unknown = await (await succeed("PUT", "/acl/token", body)).json();
      if (typeof created === "object" && created !== null && "SecretID" in created) {
        return String(created.SecretID);
      }
      throw new Error("Consul made no token.");
    },
    kill: () => end(child),
    async start() {
      child = await launch(args, folder, address, token);
    },
    async stop() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function headersFor(token: string | null): Record<string, string> {
  return token === null ? {} : { "x-consul-token": token };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

async function lastLines(folder: string): Promise<string> {
  const log = await readFile(join(folder, "consul.log"), "utf8").catch(() => "(no log)");
  return log.split("\n").slice(-15).join("\n");
}
