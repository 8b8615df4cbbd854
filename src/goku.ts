import { chmod, mkdir } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { noCatalog } from "./catalog/no-catalog.ts";
import { createBackground } from "./deploy/background.ts";
import type { Parts } from "./deploy/parts.ts";
import { createQueue } from "./deploy/queue.ts";
import { createCrashes } from "./deploy/crashes.ts";
import { moveRefs } from "./deploy/care/recover.ts";
import { keepRight, settle } from "./deploy/care/watch.ts";
import { createEngine } from "./engine/engine.ts";
import { isGokuError } from "./errors.ts";
import type { Store } from "./store-ports.ts";
import { createPushHandler } from "./receiver/push-handler.ts";
import { createRepositories } from "./receiver/repositories.ts";
import { installScripts } from "./receiver/scripts.ts";
import { createSessions } from "./receiver/sessions.ts";
import { setAsideBranches } from "./receiver/set-aside.ts";
import { ensureGitUser } from "./receiver/ssh/git-user.ts";
import { createKeyFiles } from "./receiver/ssh/key-files.ts";
import { startSshd } from "./receiver/ssh/sshd.ts";
import { createRouter } from "./router/router.ts";
import { putFirstInPath } from "./settings/environment.ts";
import { noteAddress } from "./settings/last-address.ts";
import type { Settings } from "./settings/settings.ts";
import { openStore } from "./store/store.ts";
import { deferred } from "./system/deferred.ts";
import { floorOf } from "./system/disk.ts";
import { endsWithin } from "./system/ends-within.ts";
import type { Log } from "./system/log.ts";
import { createTrees } from "./trees/trees.ts";
import { embeddedVars } from "./vars/embedded-vars.ts";
import { tokenAuthenticator } from "./web/authentication.ts";
import { createControl } from "./web/control.ts";
import { gitRoutes } from "./web/git.ts";
import { hookRoutes } from "./web/hooks.ts";
import { keyIdentity, tokenIdentity } from "./web/identity.ts";
import { listenOnSocket, listenOnTcp } from "./web/listen.ts";

/** A Goku at work. */
export interface Goku {
  /** Ends what can be ended, finishes what must be as far as that ends, and leaves the apps, nginx and sshd running. */
  close(): Promise<void>;
}

/** How long answers in progress may take when Goku stops. */
const closeGraceMs = 2_000;
/** How long all other work may, of which some cannot be ended: Docker may start a container for minutes. */
const longestCloseMs = 30_000;

/**
 * Settings in, a wired Goku out: the only place that constructs adapters. Resolves once all of it accepts work.
 * `octo` is the argv that starts the command line.
 */
export async function startGoku(
  settings: Settings,
  octo: readonly string[],
  log: Log,
): Promise<Goku> {
  const { data } = settings;
  await mkdir(data, { recursive: true });
  // The git user has to get to its repositories through it.
  await chmod(data, 0o711);
  await noteAddress(settings, log);
  const gitUser = await ensureGitUser();
  const owner = gitUser === null ? null : { uid: gitUser.uid, gid: gitUser.gid };

  // First of all, since it notices another daemon at work here. Who calls already waits until Goku is ready.
  const ready = deferred<ReturnType<typeof createControl>>();
  const socket = await listenOnSocket(
    (request, response) => void ready.promise.then((control) => control.socket(request, response)),
    join(data, "goku.sock"),
    { gid: gitUser?.gid ?? null },
  );

  const store = openStore(join(data, "goku.db"));
  const scripts = await installScripts({ data, owner, octo });
  putFirstInPath(scripts.bin);
  const diskFloor = await floorOf(data, settings.buildDiskFloor);
  const repositories = createRepositories({
    folder: join(data, "repositories"),
    hooks: scripts.hooks,
    owner,
    submoduleCache: join(data, "submodules"),
    log,
    diskFloor,
  });
  await repositories.start();
  const engine = createEngine({
    instance: settings.instance,
    subnet: settings.subnet,
    leases: store.leases,
    log,
    registry: settings.registry,
    dockerSocket: settings.dockerSocket,
    build: {
      cpus: settings.buildCpus,
      memory: settings.buildMemory,
      diskFloor: settings.buildDiskFloor,
      cache: settings.buildCache,
      timeoutMs: settings.buildTimeoutMs,
    },
    stopMs: settings.stopMs,
  });
  const router = createRouter({
    folder: join(data, "nginx"),
    logFolder: join(data, "logs"),
    http: settings.http,
    https: settings.https,
    web: settings.web,
    domain: settings.domain,
    log,
  });
  const parts: Parts & { readonly repositories: typeof repositories } = {
    engine,
    composer: engine.composer,
    router,
    trees: createTrees({ folder: join(data, "trees"), log, diskFloor }),
    ...(await configParts(settings, store, log)),
    store,
    repositories,
    settings,
    log,
    queue: createQueue(settings.parallelDeploys),
    background: createBackground(log),
    retiring: new Set(),
    unkept: new Set(),
    crashes: createCrashes(),
  };

  await router.start();
  await moveRefs(parts);
  await setAsideBranches(parts);
  await settleIfPossible(parts);

  const keyFiles = createKeyFiles({
    folder: join(data, "ssh"),
    sshCommand: scripts.sshCommand,
    gitUser,
    hostDoor: settings.instance === "goku",
    log,
  });
  const keysChanged = () => keyFiles.write(store.keys.list());
  await keysChanged();
  const sshd =
    settings.ssh === null
      ? null
      : await startSshd({
          folder: join(data, "ssh"),
          listen: settings.ssh,
          user: gitUser?.name ?? userInfo().username,
          log,
        });

  const handler = createPushHandler(parts);
  // One for both, so that wrong tokens are counted together.
  const authenticate = tokenAuthenticator(store);
  const doors = { handler, repositories, sessions: createSessions(repositories.room), log };
  const control = createControl(parts, {
    keysChanged,
    hookRoutes: hookRoutes({ ...doors, callerOf: (key) => keyIdentity(store, key) }),
    gitRoutes: gitRoutes({
      ...doors,
      authenticate,
      callerOf: (authorization) => tokenIdentity(store, authorization),
    }),
    authenticate,
  });
  const web = await listenOnTcp(control.tcp, settings.web);
  ready.resolve(control);
  keepRight(parts);

  return {
    async close() {
      const end = async () => {
        const answers = [web.close(closeGraceMs), socket.close(closeGraceMs)];
        await Promise.all([...answers, parts.queue.close()]);
        await parts.background.close();
        await engine.close();
      };
      if (!(await endsWithin(longestCloseMs, end()))) {
        log.warn("some work does not end; the next start takes it up, as after a kill");
      }
      sshd?.leave();
      store.close();
    },
  };
}

async function configParts(
  settings: Settings,
  store: Store,
  log: Log,
): Promise<Pick<Parts, "vars" | "catalog">> {
  const { consul, consulToken, consulPrefix, instance } = settings;
  if (consul === null) {
    return { vars: embeddedVars(store.embeddedVars), catalog: noCatalog };
  }
  // Whoever has no Consul need not load its client.
  const [{ consulVars }, { consulCatalog }] = await Promise.all([
    import("./vars/consul-vars.ts"),
    import("./catalog/consul-catalog.ts"),
  ]);
  const server = { address: consul, token: consulToken, log };
  return {
    vars: consulVars({ ...server, prefix: consulPrefix, ownWrites: store.ownWrites }),
    catalog: consulCatalog({ ...server, instance }),
  };
}

/** Without Docker, Goku still answers and says so; when Docker comes back, that settles what was left. */
async function settleIfPossible(parts: Parts): Promise<void> {
  try {
    await settle(parts, new AbortController().signal);
  } catch (error) {
    if (!isGokuError(error) || error.code !== "unavailable") {
      throw error;
    }
    parts.log.error({ err: error }, "Goku starts without Docker");
  }
}
