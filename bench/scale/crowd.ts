import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../src/app.ts";
import { defaultDomains } from "../../src/deploy/plan/domains-of.ts";
import {
  type DockerfileRelease,
  isDockerfile,
  replicaSpec,
  routeOf,
} from "../../src/deploy/plan/shape.ts";
import { createEngine } from "../../src/engine/engine.ts";
import type { Engine, Replica } from "../../src/ports.ts";
import { renderVhost } from "../../src/router/text/render.ts";
import { readSettings } from "../../src/settings/read.ts";
import type { Settings } from "../../src/settings/settings.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store } from "../../src/store-ports.ts";
import { eachAtOnce } from "../../src/system/each.ts";
import { createLog } from "../../src/system/log.ts";
import { exec } from "../../test/support/exec.ts";
import { page } from "../../test/support/sample-apps.ts";
import type { TestHost } from "../../test/support/test-host.ts";
import { callDocker } from "../by-hand/docker-api.ts";

/** What the page of every app of the crowd says. */
export const crowdPage = "one of many";

/** The app that was pushed; all others are copies of it. */
export const pushedApp = "crowd";

export interface CrowdSize {
  /** Apps in all. */
  readonly apps: number;
  /** Those with containers; the others were stopped with `octo stop`, so that their hosts say 503. */
  readonly running: number;
}

/** What the crowd is made with. */
interface Makers {
  readonly host: TestHost;
  readonly settings: Settings;
  readonly store: Store;
  readonly engine: Engine;
  /** The release that was pushed. */
  readonly model: DockerfileRelease;
}

const atOnce = 4;

/**
 * Fills a host's store, repositories, nginx and Docker with apps, as as many pushes would have. The daemon is down
 * meanwhile, and afterwards too.
 */
export async function gatherCrowd(host: TestHost, size: CrowdSize): Promise<void> {
  await host.must(host.push(pushedApp, page(crowdPage)));
  await host.settled();
  await host.end();
  const settings = await readSettings({
    env: host.env,
    configFile: join(host.folder, "goku.toml"),
  });
  const store = openStore(join(settings.data, "goku.db"));
  const { instance, subnet, dockerSocket, stopMs } = settings;
  const build = { cpus: 1, memory: 2 ** 30, diskFloor: 0, cache: 2 ** 40, timeoutMs: 60_000 };
  const engine = createEngine({
    instance,
    subnet,
    dockerSocket,
    stopMs,
    build,
    leases: store.leases,
    log: createLog("warn"),
    registry: null,
    pool: 0,
  });
  try {
    const model = store.releases.live(`${pushedApp}-main`);
    if (model === null || !isDockerfile(model)) {
      throw new Error("the app that all others are copied from is not live");
    }
    await engine.start();
    const makers: Makers = { host, settings, store, engine, model };
    const others = Array.from({ length: size.apps - 1 }, (_, at) => at + 2);
    await eachAtOnce(others, atOnce, (at) =>
      addApp(makers, `${pushedApp}${at}`, at <= size.running),
    );
    await exec("chown", ["-R", "git:git", join(settings.data, "repositories")]);
  } finally {
    await engine.close();
    store.close();
  }
}

async function addApp(makers: Makers, repository: string, runs: boolean): Promise<void> {
  const { host, settings, store, engine, model } = makers;
  const folder = join(settings.data, "repositories");
  const from = join(folder, `${pushedApp}.git`);
  await host.must(exec("cp", ["-a", from, join(folder, `${repository}.git`)]));
  store.apps.setDefaultBranch(repository, "main");
  const app = store.apps.create(repository, "main");
  const { commit, door, by, reason, image, project, vars, domains, scale } = model;
  const made = { commit, door, by, reason, image, project, vars, domains, scale };
  const { version } = store.releases.create({ app: app.id, ...made });
  store.releases.goLive(app.id, version);
  const live: DockerfileRelease = { ...model, app: app.id, version };
  const replicas: Replica[] = [];
  if (runs) {
    const replica = await engine.startReplica(
      replicaSpec(app, live, 1),
      AbortSignal.timeout(60_000),
    );
    await engine.keepReplica(replica.id);
    replicas.push(replica);
  } else {
    store.apps.setStopped(app.id, true);
  }
  await writeVhost(settings, app, live, replicas);
}

async function writeVhost(
  settings: Settings,
  app: App,
  live: DockerfileRelease,
  replicas: readonly Replica[],
): Promise<void> {
  const { data, http, https, domain } = settings;
  const route = routeOf(live, defaultDomains(app, domain), replicas);
  if (route === null) {
    throw new Error(`${app.id} has no HTTP`);
  }
  const text = renderVhost(route, { http, https, logFolder: join(data, "logs") });
  await writeFile(join(data, "nginx", "apps", `${app.id}.conf`), text, { mode: 0o600 });
}

/** Containers go several at a time here; `destroy` would take minutes for as many. */
export async function disperse(host: TestHost): Promise<void> {
  await host.end("SIGKILL");
  const filters = encodeURIComponent(JSON.stringify({ label: [`goku.instance=${host.instance}`] }));
  const found: { Id: string }[] = JSON.parse(
    await callDocker("GET", `/containers/json?all=true&filters=${filters}`),
  );
  await eachAtOnce(found, atOnce, ({ Id }) =>
    callDocker("DELETE", `/containers/${Id}?force=true&v=true`),
  );
  await host.destroy();
}
