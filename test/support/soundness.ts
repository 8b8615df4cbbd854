import { containersOf, kindOf } from "./docker-api.ts";
import { untilNothingIsWrong } from "./nothing-wrong.ts";
import { leftFiles, rowsOf, wrongLeases, wrongNetworks } from "./remains.ts";
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

/** Longer where Docker is slower than usual. */
const withinMs = 10_000;

/**
 * Within ten seconds: every app serves what it should and nothing else runs; no container, address, network, file or
 * lock is left over; every status is true. @throws with what is wrong
 */
export async function expectSound(
  host: TestHost,
  apps: Readonly<Record<string, Expected>>,
): Promise<void> {
  const log = () => host.log;
  await untilNothingIsWrong(() => whatIsWrong(host, apps), { withinMs, log });
}

async function whatIsWrong(
  host: TestHost,
  apps: Readonly<Record<string, Expected>>,
): Promise<string[]> {
  const found = await Promise.all([
    ...Object.entries(apps).map(([app, expected]) => wrongAnswers(host, app, expected)),
    wrongContainers(host, apps),
    wrongNetworks(host, []),
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
  const releases = rowsOf<{ version: number; status: string }>(
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
  const containers = await containersOf(host.instance);
  const namespaces = containers.filter((each) => kindOf(each) === "namespace");
  const replicas = containers.filter((each) => kindOf(each) === "replica");
  const others = containers.filter(
    (each) => !namespaces.includes(each) && !replicas.includes(each),
  );
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
    if (new Set(theirs.map(({ labels }) => labels["goku.release"])).size > 1) {
      wrong.push(`${app} runs two releases`);
    }
    return count;
  });
  const total = due.reduce((sum, count) => sum + count, 0);
  if (replicas.length !== total) {
    wrong.push(`${replicas.length} replicas run instead of ${total}`);
  }
  return [...wrong, ...wrongNamespaces(namespaces.length, total), ...wrongLeases(host, containers)];
}
