import { readdir, readFile } from "node:fs/promises";
import { containersOf, inspect, kindOf, type Listed } from "../docker-api.ts";
import { leftFiles, rowsOf, wrongLeases, wrongNetworks } from "../remains.ts";
import { wrongNamespaces } from "../spares.ts";
import { bystander, bystanderPage, type Content, type World } from "./world.ts";

interface LiveRelease {
  readonly version: number;
  readonly content: Content | null;
  readonly scale: number;
  readonly vars: Readonly<Record<string, string>>;
}

/**
 * Everything that is not as it should be: one release serves whole on every host name and is the one called live, no
 * other's content anywhere, nothing is orphaned, no lock is held, no release is unfinished. Empty when all is well.
 */
export async function whatIsWrong(world: World): Promise<string[]> {
  const { app } = world;
  const statuses = rowsOf<{ app: string; version: number; status: string }>(
    world.host,
    "SELECT app, version, status FROM releases",
  );
  const unfinished = statuses.filter(({ status }) => /^(?:building|publishing)$/.test(status));
  const live = liveRelease(world);
  const lives = statuses.filter((each) => each.app === `${app}-main` && each.status === "live");
  const containers = await containersOf(world.host.instance);
  const found = await Promise.all([
    live === null ? wrongAbsence(world) : wrongAnswers(world, live),
    wrongPage(world, bystander, bystanderPage),
    wrongContainers(world, live, containers),
    wrongNetworks(world.host, isProject(live) ? [`${app}-main`] : []),
  ]);
  const wrong = [
    ...unfinished.map(({ version, status }) => `v${version} of ${app} is still ${status}`),
    ...(lives.length > 1 ? [`${lives.length} releases are live`] : []),
    ...wrongLeases(world.host, containers),
    ...found.flat(),
  ];
  // The dearest last, since this is asked again and again until all is well.
  return wrong.length > 0
    ? wrong
    : (await Promise.all([leftFiles(world.host), putAside(world), leftProcesses(world)])).flat();
}

function liveRelease(world: World): LiveRelease | null {
  const [row] = rowsOf<{ version: number; commit_hash: string; scale: number; vars: string }>(
    world.host,
    `SELECT version, commit_hash, scale, vars FROM releases
     WHERE app = '${world.app}-main' AND status = 'live'`,
  );
  if (row === undefined) {
    return null;
  }
  const content = world.contents.get(row.commit_hash) ?? null;
  return { version: row.version, scale: row.scale, content, vars: JSON.parse(row.vars) };
}

function isProject(live: LiveRelease | null): boolean {
  return Object.keys(live?.content?.services ?? {}).length > 0;
}

async function wrongAbsence(world: World): Promise<string[]> {
  if (!world.mayBeAbsent) {
    return [`${world.app} has no live release`];
  }
  const answers = await Promise.all(
    [world.app, `${world.app}-main`].map((name) =>
      world.host.see(name).catch((error: Error) => ({ status: 0, body: error.message })),
    ),
  );
  return answers
    .filter(({ status }) => status !== 404)
    .map(({ status, body }) => `${world.app} has no release and answers ${status} ${body}`);
}

async function wrongAnswers(world: World, live: LiveRelease): Promise<string[]> {
  if (live.content === null) {
    return [`v${live.version} of ${world.app} is live, of a commit that nobody pushed`];
  }
  const [pages, environment, stored] = await Promise.all([
    wrongPage(world, world.app, live.content.page),
    world.host.see(world.app, "/cgi-bin/env").catch(() => ({ body: "" })),
    world.storedVars(),
  ]);
  const given = environment.body.split("\0");
  const isGiven = (key: string) => given.includes(`${key}=${live.vars[key]}`);
  const missing = Object.keys(live.vars).filter((key) => key !== "CONTAINERS" && !isGiven(key));
  const same = JSON.stringify(sorted(stored)) === JSON.stringify(sorted(live.vars));
  return [
    ...pages,
    ...missing.map((key) => `${world.app} was not given ${key}=${live.vars[key]}`),
    ...(same
      ? []
      : [`stored: ${JSON.stringify(stored)}, of the live release: ${JSON.stringify(live.vars)}`]),
  ];
}

function sorted(vars: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(vars).sort(([one], [other]) => (one < other ? -1 : 1));
}

async function wrongPage({ host }: World, app: string, page: string): Promise<string[]> {
  const names = [app, `${app}-main`];
  const answers = await Promise.all(
    names.map((name) =>
      host.see(name).catch((error: Error) => ({ status: 0, body: error.message })),
    ),
  );
  return answers.flatMap(({ status, body }, at) =>
    status === 200 && body === page
      ? []
      : [`${names[at]} answers ${status} ${body.slice(0, 80)} instead of ${page}`],
  );
}

async function wrongContainers(
  world: World,
  live: LiveRelease | null,
  containers: readonly Listed[],
): Promise<string[]> {
  const byKind = (kind: string) => containers.filter((each) => kindOf(each) === kind);
  const theirs = byKind("replica").filter(
    (each) => each.labels["goku.app"] === `${world.app}-main`,
  );
  const services = live?.content?.services ?? {};
  const due = live === null || isProject(live) ? 0 : live.scale;
  const strange = theirs.filter(
    (each) => each.labels["goku.release"] !== String(live?.version ?? 0),
  );
  const total = due + 1;
  const dying = await Promise.all(
    theirs.map(async ({ id, name }) =>
      (await inspect(id))?.restarts === "no" ? [`Docker would not start ${name} again`] : [],
    ),
  );
  return [
    ...containers
      .filter(({ state }) => state !== "running")
      .map(({ name, state }) => `${name} is ${state}`),
    ...byKind("other").map(({ name }) => `${name} is left over`),
    ...strange.map(({ name }) => `${name} is not of the live release`),
    ...(theirs.length === due ? [] : [`${theirs.length} replicas instead of ${due}`]),
    ...(byKind("replica").length === total ? [] : [`replicas: ${namesOf(byKind("replica"))}`]),
    ...wrongNamespaces(byKind("namespace").length, total),
    ...dying.flat(),
    ...(await wrongServices(services, byKind("service"))),
  ];
}

async function wrongServices(
  services: Readonly<Record<string, string>>,
  containers: readonly Listed[],
): Promise<string[]> {
  const serviceOf = ({ labels }: Listed) => labels["com.docker.compose.service"] ?? "";
  const names = containers.map(serviceOf).sort().join(", ");
  const due = Object.keys(services).sort().join(", ");
  const definitions = await Promise.all(
    containers.map(async (each) => {
      const definition = (await inspect(each.id))?.definition ?? "";
      const part = services[serviceOf(each)] ?? "";
      return definition.includes(part) ? [] : [`${each.name} is not what was pushed: ${part}`];
    }),
  );
  return [
    ...(names === due ? [] : [`services: ${names} instead of ${due}`]),
    ...definitions.flat(),
  ];
}

const namesOf = (containers: readonly Listed[]) => containers.map(({ name }) => name).join(", ");

async function putAside({ faults }: World): Promise<string[]> {
  return (await readdir(faults.temporary)).map((path) => `${path} is left over`);
}

/** What a daemon started, and nobody ended. */
async function leftProcesses({ host }: World): Promise<string[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return { pid, line: line.replaceAll("\0", " ").trim() };
    }),
  );
  return lines
    .filter(({ pid, line }) => line.includes(host.folder) && pid !== host.pid)
    .filter(({ line }) => !/^(?:nginx|find|\S*sshd|consul)\b/.test(line))
    .map(({ line }) => `a process is left: ${line.slice(0, 150)}`);
}
