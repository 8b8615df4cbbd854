import { rm } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { App } from "../../src/app.ts";
import { type Crashes, createCrashes } from "../../src/deploy/crashes.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import type { Queue } from "../../src/deploy/queue.ts";
import type { Composer } from "../../src/compose-ports.ts";
import type { Engine, Router, Vars } from "../../src/ports.ts";
import type { Rights, Store } from "../../src/store-ports.ts";
import type { Project } from "../../src/project.ts";
import type { Settings } from "../../src/settings/settings.ts";
import { openStore } from "../../src/store/store.ts";
import type { Datasync } from "../../src/store/wal-sync.ts";
import type { Log } from "../../src/system/log.ts";
import { type ControlExtra, createControl } from "../../src/web/control.ts";
import { hashToken } from "../../src/web/identity.ts";
import { listenOnSocket, listenOnTcp } from "../../src/web/listen.ts";
import { listening } from "../deploy/test-parts.ts";
import { memoryVars } from "./memory-vars.ts";
import { stub } from "./stub.ts";
import { silentLog } from "../support/silent-log.ts";
import { quickFolder } from "../support/quick-folder.ts";

export interface TestControl {
  readonly store: Store;
  readonly vars: Vars;
  /** Folder with the control socket, for GOKU_DATA. */
  readonly data: string;
  readonly socket: string;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Times that authorized_keys would have been written. */
  keysWritten(): number;
}

export interface TestControlOptions {
  readonly engine?: Partial<Engine>;
  readonly composer?: Partial<Composer>;
  readonly router?: Partial<Router>;
  readonly queue?: Partial<Queue>;
  readonly crashes?: Crashes;
  readonly log?: Log;
  readonly datasync?: Datasync;
  readonly extra?: Partial<ControlExtra>;
}

/** The API on a real socket and a real port, with a real store and little behind it; gone with the test. */
export async function testControl(options: TestControlOptions = {}): Promise<TestControl> {
  const data = quickFolder("goku-web-");
  const store = openStore(join(data, "goku.db"), options.datasync);
  const vars = memoryVars();
  const parts = stub<Parts>("parts", {
    store,
    vars,
    settings: stub<Settings>("settings", { data, domain: "goku.test", ...listening }),
    log: options.log ?? silentLog(),
    retiring: new Set(),
    crashes: options.crashes ?? createCrashes(),
    engine: stub("engine", { listReplicas: async () => [], ...options.engine }),
    composer: stub<Composer>("composer", { listVolumes: async () => [], ...options.composer }),
    router: stub("router", options.router),
    queue: stub<Queue>("queue", { busy: () => false, cancel: () => false, ...options.queue }),
  });
  let written = 0;
  const keysChanged = async () => {
    written += 1;
  };
  const control = createControl(parts, { keysChanged, ...options.extra });
  const socket = join(data, "goku.sock");
  const [local, tcp] = await Promise.all([
    listenOnSocket(control.socket, socket, { gid: null }),
    listenOnTcp(control.tcp, { host: "127.0.0.1", port: 0 }),
  ]);
  onTestFinished(async () => {
    await Promise.all([local.close(0), tcp.close(0)]);
    store.close();
    await rm(data, { recursive: true });
  });
  return { store, vars, data, socket, url: `http://${tcp.address}`, keysWritten: () => written };
}

const project: Project = {
  kind: "dockerfile",
  dockerfile: "Dockerfile",
  port: 80,
  exposed: [80],
  baseImages: [],
  needsCli: false,
  ignore: null,
  submodules: false,
  domains: [],
  hostname: null,
  release: null,
  addName: false,
  volumesFrom: false,
  mounts: [],
  volumes: [],
  published: [],
  links: [],
  buildArgs: [],
  buildSecrets: [],
  notes: [],
};

export const nobody: Rights = { admin: false, deploy: [], read: [] };

/** @returns the credentials for `Bearer` */
export function addToken({ store }: TestControl, name: string, rights: Rights): string {
  const token = `secret-of-${name}`;
  store.tokens.add({ name, rights }, hashToken(token));
  return `${name}:${token}`;
}

export function addKey({ store }: TestControl, name: string, rights: Rights): void {
  const fingerprint = `SHA256:${name}`;
  store.keys.add({ name, publicKey: `ssh-ed25519 ${name}`, fingerprint, rights });
}

/** An app on its default branch, with one live release. */
export function addApp({ store }: TestControl, repository: string): App {
  store.apps.setDefaultBranch(repository, "main");
  const app = store.apps.create(repository, "main");
  const commit = "c".repeat(40);
  const pushed = { app: app.id, commit, door: "push", by: "laptop", reason: "push" } as const;
  const { version } = store.releases.create({ ...pushed, image: "sha256:1", project });
  store.releases.goLive(app.id, version);
  return app;
}
