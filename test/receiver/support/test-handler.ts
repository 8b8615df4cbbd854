import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../../src/app.ts";
import type { Parts, Request } from "../../../src/deploy/parts.ts";
import { type GokuError, isGokuError } from "../../../src/errors.ts";
import type { Engine } from "../../../src/ports.ts";
import type { Caller, Push } from "../../../src/receiver/push.ts";
import {
  createPushHandler,
  type PushParts,
  type PushWork,
} from "../../../src/receiver/push-handler.ts";
import type { BareRepositories } from "../../../src/receiver/repositories.ts";
import type { Revision } from "../../../src/revision.ts";
import { adminRights } from "../../../src/rights.ts";
import type { Rights } from "../../../src/store-ports.ts";
import { openStore } from "../../../src/store/store.ts";
import { replica } from "../../deploy/test-parts.ts";
import { quickFolder } from "../../support/quick-folder.ts";
import { stub } from "../../web/stub.ts";

export const zeros = "0".repeat(40);
export const one = "1".repeat(40);
export const two = "2".repeat(40);

export const alice: Caller = { name: "alice", rights: adminRights };

/** Bob, who may only what is given here. */
export function by(change: Partial<Rights>): Caller {
  return { name: "bob", rights: { admin: false, deploy: [], read: [], ...change } };
}

/** What comes of pushes, on a store of its own, where nothing is built or run. */
export class TestHandler {
  readonly #folder = quickFolder("goku-handler-");
  readonly store = openStore(join(this.#folder, "goku.db"));
  /** Told to the pusher. */
  readonly lines: string[] = [];
  readonly deployed: Revision[] = [];
  readonly removed: App[] = [];
  /** Branches that HEAD was set to. */
  readonly heads: string[] = [];
  /** The ref beside which git could not keep a new one. */
  conflict: string | null = null;
  /** What is live runs. */
  isRunning = true;
  onDeploy: (revision: Revision, request: Request) => void = () => undefined;

  readonly #work: PushWork = {
    deploy: async ({ store }: Parts, revision: Revision, request: Request) => {
      const app = store.apps.create(revision.repository, revision.branch);
      this.deployed.push(revision);
      this.onDeploy(revision, request);
      const { commit, door, by: name } = revision;
      const release = store.releases.create({ app: app.id, commit, door, by: name, reason: door });
      store.releases.goLive(app.id, release.version);
      return release;
    },
    removeApp: async ({ store }: Parts, app: App) => {
      this.removed.push(app);
      store.apps.remove(app.id);
    },
  };

  readonly handler = createPushHandler(
    stub<PushParts>("parts", {
      store: this.store,
      engine: stub<Engine>("engine", {
        listReplicas: async (app = "") =>
          this.isRunning ? [replica(app, this.store.releases.live(app)?.version ?? 0)] : [],
      }),
      repositories: stub<BareRepositories>("repositories", {
        setHead: async (_repository, branch) => void this.heads.push(branch),
        conflictingRef: async () => this.conflict,
      }),
    }),
    this.#work,
  );

  /** Alice's push of a new ref to `blog`, where `change` does not say otherwise. */
  push(ref: string, change: Partial<Push> = {}): Promise<void> {
    return this.handler.update({
      caller: alice,
      repository: "blog",
      ref,
      old: zeros,
      new: one,
      signal: new AbortController().signal,
      write: (line) => this.lines.push(line),
      ...change,
    });
  }

  async close(): Promise<void> {
    this.store.close();
    await rm(this.#folder, { recursive: true });
  }
}

/** What a push was refused with. @throws where it was not */
export async function failure(work: Promise<void>): Promise<GokuError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isGokuError(error)) {
    throw new Error("it did not fail", { cause: error });
  }
  return error;
}
