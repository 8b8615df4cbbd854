import { readdir, rm, chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import Database from "better-sqlite3";
import type { App } from "../../src/app.ts";
import type { Catalog } from "../../src/catalog-ports.ts";
import type { Composer, Trees } from "../../src/compose-ports.ts";
import type { Background } from "../../src/deploy/background.ts";
import { createCrashes } from "../../src/deploy/crashes.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import type { Queue } from "../../src/deploy/queue.ts";
import type { Engine, Router, Vars } from "../../src/ports.ts";
import { createPushHandler, type PushParts } from "../../src/receiver/push-handler.ts";
import { type BareRepositories, createRepositories } from "../../src/receiver/repositories.ts";
import { installScripts, type Scripts } from "../../src/receiver/scripts.ts";
import { createSessions } from "../../src/receiver/sessions.ts";
import { gitUser } from "../support/git-user.ts";
import type { Revision } from "../../src/revision.ts";
import type { Settings } from "../../src/settings/settings.ts";
import type { Rights, Store } from "../../src/store-ports.ts";
import { openStore } from "../../src/store/store.ts";
import { createLog } from "../../src/system/log.ts";
import { embeddedVars } from "../../src/vars/embedded-vars.ts";
import { tokenAuthenticator } from "../../src/web/authentication.ts";
import { type Control, createControl } from "../../src/web/control.ts";
import { gitRoutes } from "../../src/web/git.ts";
import { hookRoutes } from "../../src/web/hooks.ts";
import { hashToken, keyIdentity, tokenIdentity } from "../../src/web/identity.ts";
import { listenOnSocket, listenOnTcp } from "../../src/web/listen.ts";
import { exec } from "../support/exec.ts";
import { quickFolder } from "../support/quick-folder.ts";
import { listening } from "../deploy/test-parts.ts";
import { stub } from "../web/stub.ts";
import { asked } from "./asked.ts";

/** Everything of a daemon that listens, wired as in a daemon; a deploy or removal is only written down. */
export interface WholeWeb {
  readonly folder: string;
  readonly data: string;
  readonly socket: string;
  readonly port: number;
  readonly store: Store;
  readonly vars: Vars;
  readonly repositories: BareRepositories;
  readonly scripts: Scripts;
  readonly control: Control;
  readonly deployed: Revision[];
  readonly removed: App[];
  /** All that was asked of the parts behind: `engine.logs([ 'blog-replica' ])`. */
  readonly calls: readonly string[];
  /** JSON lines that Goku logged. */
  log(): string;
  /** Everything that is kept, a row a line: for comparing before and after. */
  snapshot(): Promise<string>;
  /** @returns the credentials for `Bearer` */
  addToken(name: string, rights: Rights): string;
  addKey(name: string, rights: Rights): void;
  close(): Promise<void>;
}

export interface Behind {
  readonly engine?: Partial<Engine>;
}

export async function startWholeWeb(behind: Behind = {}): Promise<WholeWeb> {
  const folder = quickFolder("goku-hostile-");
  await chmod(folder, 0o711);
  const data = join(folder, "data");
  await mkdir(data, { mode: 0o711 });
  const owner = await gitUser();
  const scripts = await installScripts({ data, owner, octo: ["/bin/false"] });
  // node-git-server starts git by name.
  process.env["PATH"] = `${scripts.bin}:${process.env["PATH"] ?? ""}`;
  let logged = "";
  const log = createLog(
    "info",
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged += chunk.toString();
        done();
      },
    }),
  );
  const repositories = createRepositories({
    folder: join(data, "repositories"),
    hooks: scripts.hooks,
    owner,
    submoduleCache: join(data, "submodules"),
    log,
  });
  await repositories.start();
  const database = join(data, "goku.db");
  const store = openStore(database);
  const calls: string[] = [];
  const vars = asked(calls, "vars", embeddedVars(store.embeddedVars));
  const deployed: Revision[] = [];
  const removed: App[] = [];
  const parts: PushParts = stub<Parts & PushParts>("parts", {
    store,
    vars,
    repositories: asked(calls, "repositories", repositories),
    log,
    settings: stub<Settings>("settings", {
      data,
      domain: "goku.test",
      policy: "lenient",
      ...listening,
    }),
    retiring: new Set(),
    unkept: new Set(),
    crashes: createCrashes(),
    engine: asked<Engine>(calls, "engine", { listReplicas: async () => [], ...behind.engine }),
    composer: asked<Composer>(calls, "composer", { listVolumes: async () => [] }),
    router: asked<Router>(calls, "router", {}),
    trees: asked<Trees>(calls, "trees", {}),
    catalog: asked<Catalog>(calls, "catalog", {}),
    background: asked<Background>(calls, "background", {}),
    queue: asked<Queue>(calls, "queue", { busy: () => false, cancel: () => false, run: inTurn }),
  });
  const handler = createPushHandler(parts, {
    deploy: async (_parts, revision, _request) => {
      deployed.push(revision);
      const { repository, branch, commit, door, by } = revision;
      const app = store.apps.create(repository, branch);
      return store.releases.create({ app: app.id, commit, door, by, reason: door });
    },
    removeApp: async (_parts, app) => {
      removed.push(app);
    },
  });
  const authenticate = tokenAuthenticator(store);
  const doors = { handler, repositories, sessions: createSessions(), log };
  const control = createControl(parts, {
    keysChanged: async () => undefined,
    hookRoutes: hookRoutes({ ...doors, callerOf: (key) => keyIdentity(store, key) }),
    gitRoutes: gitRoutes({
      ...doors,
      authenticate,
      callerOf: (authorization) => tokenIdentity(store, authorization),
    }),
    authenticate,
  });
  const socket = join(data, "goku.sock");
  const local = await listenOnSocket(control.socket, socket, { gid: owner?.gid ?? null });
  const tcp = await listenOnTcp(control.tcp, { host: "127.0.0.1", port: 0 });

  return {
    folder,
    data,
    socket,
    port: Number(tcp.address.split(":")[1]),
    store,
    vars,
    repositories,
    scripts,
    control,
    deployed,
    removed,
    calls,
    log: () => logged,
    async snapshot() {
      const kept = await refsBelow(join(data, "repositories"));
      return JSON.stringify({ rows: rowsIn(database), kept, deployed, removed }, null, 1);
    },
    addToken(name, rights) {
      store.tokens.add({ name, rights }, hashToken(`secret-of-${name}`));
      return `${name}:secret-of-${name}`;
    },
    addKey(name, rights) {
      const fingerprint = `SHA256:${name}`;
      store.keys.add({ name, publicKey: `ssh-ed25519 ${name}`, fingerprint, rights });
    },
    async close() {
      await Promise.all([local.close(0), tcp.close(0)]);
      store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** At once, and as far as the first step that could not be taken back. */
const inTurn: Queue["run"] = async (_job, work) =>
  work({
    signal: new AbortController().signal,
    commit: () => {
      throw new Error("what follows is no part of these tests");
    },
  });

function rowsIn(path: string): string[] {
  const db = new Database(path, { readonly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
    return tables.flatMap((table) =>
      db
        .prepare(`SELECT * FROM "${String(table)}"`)
        .all()
        .map((row) => `${String(table)} ${JSON.stringify(row)}`),
    );
  } finally {
    db.close();
  }
}

async function refsBelow(folder: string): Promise<Record<string, string>> {
  const refs: Record<string, string> = {};
  for (const name of (await readdir(folder)).filter((each) => each.endsWith(".git")).sort()) {
    const args = ["-c", "safe.directory=*", "-C", join(folder, name), "for-each-ref"];
    refs[name] = (await exec("git", args)).stdout;
  }
  return refs;
}
