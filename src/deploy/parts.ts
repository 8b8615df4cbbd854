import type { Catalog } from "../catalog-ports.ts";
import type { Composer, Trees } from "../compose-ports.ts";
import type { Engine, Repositories, Router, Vars } from "../ports.ts";
import type { Store } from "../store-ports.ts";
import type { Settings } from "../settings/settings.ts";
import type { Log } from "../system/log.ts";
import type { Background } from "./background.ts";
import type { Crashes } from "./crashes.ts";
import type { Queue } from "./queue.ts";
import type { Report } from "./report.ts";

/** What every function of this folder works with; made once, in goku.ts. */
export interface Parts {
  readonly engine: Engine;
  readonly composer: Composer;
  readonly router: Router;
  readonly vars: Vars;
  readonly catalog: Catalog;
  readonly store: Store;
  readonly repositories: Repositories;
  readonly trees: Trees;
  readonly settings: Settings;
  readonly log: Log;
  readonly queue: Queue;
  readonly background: Background;
  /** Ids of replicas on their way out: nobody else's business any more. */
  readonly retiring: Set<string>;
  /** Ids of replicas and services of which Docker is still to be told that it should start them again. */
  readonly unkept: Set<string>;
  readonly crashes: Crashes;
}

/** Who asks for something, and where the answer goes. */
export interface Request {
  /** Name of the key or token; `admin` on the server itself. */
  readonly by: string;
  /** An admin asks, whom the policy for what deployers bring does not bind. */
  readonly byAdmin: boolean;
  readonly report: Report;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}
