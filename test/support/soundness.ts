import { join } from "node:path";
import Database from "better-sqlite3";
import { exec } from "./exec.ts";
import { wrongNamespaces } from "./spares.ts";
import type { TestHost } from "./test-host.ts";

/** What an app should be like once everything has settled. */
export interface Expected {
  /** Its page; null for an app that should not be served: `status` says how. */
  readonly page: string | null;
  readonly status?: number;
  /** Containers that should run; 1 where it has a page. */
  readonly replicas?: number;
}

interface Container {
  readonly name: string;
  readonly role: string;
  readonly app: string;
  readonly release: string;
  readonly state: string;
}

const timeoutMs = 10_000;

/**
 * Within ten seconds: every app serves what it should and nothing else runs; no container, address, network, file or
 * lock is left over; every status is true. @throws with what is wrong
 */
export async function expectSound(
  host: TestHost,
  apps: Readonly<Record<string, Expected>>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const wrong = await whatIsWrong(host, apps);
    if (wrong.length === 0) {
      return;
    }
    if (performance.now() > deadline) {
      throw new Error(`${wrong.join("\n")}\n${host.log.slice(-6_000)}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function whatIsWrong(
  host: TestHost,
  apps: Readonly<Record<string, Expected>>,
): Promise<string[]> {
  const found = await Promise.all([
    ...Object.entries(apps).map(([app, expected]) => wrongAnswers(host, app, expected)),
    wrongContainers(host, apps),
    wrongNetworks(host),
    leftFiles(host),
  ]);
  const statuses = Object.entries(apps).map(([app, expected]) => wrongStatus(host, app, expected));
  return [...found, ...statuses].flat();
}

async function wrongAnswers(host: TestHost, app: string, expected: Expected): Promise<string[]> {
  const answer = await host.see(app).catch((error: Error) => ({ status: 0, body: error.message }));
  if (expected.page === null) {
    const due = expected.status ?? 404;
    return answer.status === due ? [] : [`${app} answers ${answer.status} instead of ${due}`];
  }
  const isRight = answer.status === 200 && answer.body === expected.page;
  return isRight ? [] : [`${app} answers ${answer.status} ${answer.body.slice(0, 100)}`];
}

function wrongStatus(host: TestHost, app: string, expected: Expected): string[] {
  const releases = read<{ version: number; status: string }>(
    host,
    `SELECT version, status FROM releases WHERE app = '${app}-main'`,
  );
  const unfinished = releases.filter(({ status }) => /^(?:building|publishing)$/.test(status));
  const live = releases.filter(({ status }) => status === "live");
  const due = expected.page === null && expected.status !== 503 ? 0 : 1;
  return [
    ...unfinished.map(({ version, status }) => `v${version} of ${app} is still ${status}`),
    ...(live.length === due ? [] : [`${app} has ${live.length} live releases`]),
  ];
}

async function wrongContainers(
  host: TestHost,
  apps: Readonly<Record<string, Expected>>,
): Promise<string[]> {
  const containers = await listContainers(host);
  const namespaces = containers.filter(({ role }) => role === "namespace");
  const replicas = containers.filter(({ role }) => role === "");
  const others = containers.filter(({ role }) => role !== "namespace" && role !== "");
  const wrong = [
    ...containers
      .filter(({ state }) => state !== "running")
      .map((each) => `${each.name} is ${each.state}`),
    ...others.map(({ name }) => `${name} is left over`),
  ];
  const due = Object.entries(apps).map(([app, expected]) => {
    const count = expected.replicas ?? (expected.page === null ? 0 : 1);
    const theirs = replicas.filter(({ name }) => name.includes(`-${app}-main.`));
    if (theirs.length !== count) {
      wrong.push(`${app} has ${theirs.map(({ name }) => name).join(", ")} instead of ${count}`);
    }
    if (new Set(theirs.map(({ release }) => release)).size > 1) {
      wrong.push(`${app} runs two releases`);
    }
    return count;
  });
  const total = due.reduce((sum, count) => sum + count, 0);
  if (replicas.length !== total) {
    wrong.push(`${replicas.length} replicas run instead of ${total}`);
  }
  return [...wrong, ...wrongNamespaces(namespaces.length, total), ...wrongLeases(host, namespaces)];
}

function wrongLeases(host: TestHost, namespaces: readonly Container[]): string[] {
  const leases = read<{ holder: string }>(host, "SELECT holder FROM leases");
  const names = new Set(namespaces.map(({ name }) => name));
  const lost = leases.filter(({ holder }) => !names.has(holder));
  return [
    ...lost.map(({ holder }) => `an address is leased to ${holder}, which is gone`),
    ...(leases.length === names.size ? [] : [`${leases.length} leases, ${names.size} namespaces`]),
  ];
}

/** Rows of the daemon's own database. */
function read<T>(host: TestHost, sql: string): T[] {
  const db = new Database(join(host.data, "goku.db"), { readonly: true });
  try {
    return db.prepare<[], T>(sql).all();
  } finally {
    db.close();
  }
}

async function wrongNetworks(host: TestHost): Promise<string[]> {
  const { stdout } = await exec("docker", [
    "network",
    "ls",
    "--format={{.Name}}",
    `--filter=label=goku.instance=${host.instance}`,
  ]);
  const names = stdout.split("\n").filter((name) => name !== "");
  return names.length === 1 ? [] : [`networks: ${names.join(", ")}`];
}

/** What is written under another name first, git's locks, and git's quarantine. */
async function leftFiles(host: TestHost): Promise<string[]> {
  const names = ["*.tmp", "*.lock", "tmp_obj*", "incoming-*", "*.broken"];
  const anyName = names.flatMap((name) => ["-o", "-name", name]);
  const check = ["-path", "*/nginx/check/*.conf"];
  const { stdout } = await exec("find", [host.data, ...check, ...anyName]);
  // The check's own state is there as long as Goku is.
  return stdout
    .split("\n")
    .filter((path) => path !== "" && !path.endsWith("/check/state.conf"))
    .map((path) => `${path} is left over`);
}

async function listContainers(host: TestHost): Promise<Container[]> {
  const format = [
    "{{.Names}}",
    ...["role", "app", "release"].map((key) => `{{.Label "goku.${key}"}}`),
  ];
  const { stdout } = await exec("docker", [
    "ps",
    "-a",
    `--format=${[...format, "{{.State}}"].join("\t")}`,
    `--filter=label=goku.instance=${host.instance}`,
  ]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", role = "", app = "", release = "", state = ""] = line.split("\t");
      return { name, role, app, release, state };
    });
}
