import type { Readable, Writable } from "node:stream";
import type { HostMount, Link, PublishedPort } from "./project.ts";
import type { Backend, PrepareOptions, Route } from "./route.ts";

/*
 * What the story of a deploy needs of the outside world. Every method that can wait takes an AbortSignal or a bound in
 * milliseconds, or is bounded by its adapter; every failure a user can cause or mend is a GokuError.
 */

/** Docker, or anything else that builds images and runs replicas of them. */
export interface Engine {
  /** @throws dockerUnavailable */
  ping(): Promise<void>;
  /** Networks and spare namespaces exist, and nothing left over does; safe to call again. */
  start(): Promise<void>;

  /**
   * Builds one image from a tar of the tree, pulling base images first. @returns the image id
   * @throws buildFailed with the failing step's last lines
   */
  buildImage(build: Build, onLine: (line: string) => void, signal: AbortSignal): Promise<string>;
  hasImage(image: string): Promise<boolean>;
  /** Sends the image to the private registry; throws where that fails. */
  pushImage(
    image: string,
    name: string,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Removes the images of an app that are not in `keep`. @returns false where a container still uses one, which stays */
  pruneImages(app: string, keep: readonly string[]): Promise<boolean>;

  /**
   * Creates and starts one replica; nothing of it is left behind when it throws.
   * @param onAddress told its address before anything runs there; once more, should it get another
   */
  startReplica(
    spec: ReplicaSpec,
    signal: AbortSignal,
    onAddress?: (address: string) => void,
  ): Promise<Replica>;
  /** Containers that a replica depends on are there. @throws linkedContainerMissing, linkedContainerNotOurs, badProject */
  checkNeeds(spec: Pick<ReplicaSpec, "links" | "volumesFrom">): Promise<void>;
  /** The replica has proved itself: from now on the engine starts it again when it dies or the machine does. */
  keepReplica(id: string): Promise<void>;
  /** All replicas of this instance, or of one app, running or not. */
  listReplicas(app?: string): Promise<Replica[]>;
  /** Null when it is gone. */
  inspectReplica(id: string): Promise<ReplicaState | null>;
  /** Starts a replica that stands still, with the address it had. */
  restartReplica(id: string): Promise<void>;
  /** SIGTERM, `graceMs` (null: the container's own), SIGKILL; a replica that is gone or stopped is no error. */
  stopReplica(id: string, graceMs: number | null): Promise<void>;
  /** Kills it if it runs and gives its address back; gone is no error. */
  removeReplica(id: string): Promise<void>;
  /** Runs an image's HEALTHCHECK test in the replica. */
  runHealthcheck(id: string, timeoutMs: number): Promise<HealthcheckResult>;
  /** Lines of stdout and stderr as they come, oldest first. */
  logs(id: string, options: LogOptions): AsyncIterable<string>;
  /** Runs a command to its end in a container of its own, removed afterwards. @returns its exit status */
  run(
    spec: ReplicaSpec,
    command: readonly string[],
    io: RunIo,
    signal: AbortSignal,
  ): Promise<number>;
  /** Where volumes of a container are mounted in it; none when it is gone. `container` is a name in Docker. */
  volumePaths(container: string): Promise<string[]>;
  /** Names the ids of volumes and data containers an app left are kept; with `force` they go too. */
  removeVolumes(app: string): Promise<void>;

  /** Replicas that started, died or were removed by anybody, and `engine` when Docker itself came back. */
  watch(signal: AbortSignal): AsyncIterable<EngineEvent>;
}

export interface Build {
  readonly app: string;
  readonly version: number;
  /** The tree as an uncompressed tar; `.dockerignore` is applied by the engine. */
  readonly tree: () => Readable;
  readonly dockerfile: string;
  readonly ignore: string | null;
  readonly baseImages: readonly string[];
  readonly needsCli: boolean;
  /** ARG values that the Dockerfile asked for. */
  readonly args: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface ReplicaSpec {
  readonly app: string;
  readonly version: number;
  /** Names the release for good; kept with the volumes that are made for it. */
  readonly origin: string;
  /** 1 ... scale */
  readonly index: number;
  /** Image id. */
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** Docker's notation (`512m`); null for no limit. */
  readonly memoryLimit: string | null;
  readonly mounts: readonly HostMount[];
  /** Made where they are missing, with what the image has at that path. */
  readonly volumes: readonly AppVolume[];
  readonly published: readonly PublishedPort[];
  readonly links: readonly Link[];
  /** Mount the volumes of this container; null for none. */
  readonly volumesFrom: string | null;
  readonly addName: boolean;
}

/** A named volume of an app. */
export interface AppVolume {
  /** Within the app; in Docker the app's id comes before it. */
  readonly name: string;
  /** Path in the containers. */
  readonly target: string;
}

export interface Replica {
  /** The engine's own id. */
  readonly id: string;
  readonly name: string;
  readonly app: string;
  /** The routed service of a compose project; null for a Dockerfile. */
  readonly service: string | null;
  readonly version: number;
  readonly index: number;
  readonly image: string;
  /** IPv4 on the routed network; null when it stands still and has none. */
  readonly address: string | null;
  readonly running: boolean;
  /** It died, and the engine starts it again by itself, ever more slowly while it keeps dying. */
  readonly restarting: boolean;
  /** ISO 8601 */
  readonly createdAt: string;
}

export interface ReplicaState {
  readonly running: boolean;
  /** It died, and the engine is about to start it again. */
  readonly restarting: boolean;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Times the engine restarted it. */
  readonly restarts: number;
  /** The image has a HEALTHCHECK other than NONE. */
  readonly hasHealthcheck: boolean;
}

export interface HealthcheckResult {
  readonly exitCode: number;
  readonly output: string;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Last lines to begin with; null for all. */
  readonly tail: number | null;
  /** ISO 8601; null for the beginning. */
  readonly since: string | null;
  readonly signal?: AbortSignal;
}

export interface RunIo {
  readonly stdin: Readable | null;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

export type EngineEvent =
  | {
      readonly kind: "started" | "died" | "removed";
      readonly app: string;
      readonly replica: string;
    }
  | { readonly kind: "engine" };

/** Config vars of apps, reserved keys included. */
export interface Vars {
  /** Where they live, for messages: `Consul at http://...`, `the embedded store`. */
  readonly place: string;
  read(app: string): Promise<Record<string, string>>;
  /**
   * One transaction. Nothing is written where nothing changes. What is chosen by the vars as they are is chosen once, and no
   * other change of this Goku's comes between.
   */
  change(app: string, change: VarChange | VarChoice): Promise<VarChanged>;
  removeAll(app: string): Promise<void>;
  /** Names of apps that have vars. */
  apps(): Promise<string[]>;
  /** What somebody other than this Goku changed, and nobody has followed yet. Ends with the signal; survives outages. */
  watch(signal: AbortSignal): AsyncIterable<ForeignChange>;
}

/** Of an app's vars. Until it is followed, the next Goku tells it again. */
export interface ForeignChange {
  /** Name of the app. */
  readonly app: string;
  /** What runs has it, or somebody was told why not. Where it was told of the app again since, only the newest counts. */
  followed(): void;
}

export interface VarChange {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** What it throws, `change` throws, and nothing is written. */
export type VarChoice = (before: Readonly<Record<string, string>>) => VarChange;

export interface VarChanged {
  /** All vars afterwards. */
  readonly vars: Record<string, string>;
  /** Keys whose value is other than before, or that are gone. */
  readonly changed: readonly string[];
}

export interface DrainOptions {
  readonly timeoutMs: number;
  /** Waits also for requests that clients are still to make on connections that they have already. */
  readonly awaitLate: boolean;
  readonly signal?: AbortSignal;
}

/** nginx. */
export interface Router {
  /**
   * nginx runs with the routes last published; started if it is not, left alone if it is. Safe to call again.
   * A vhost that nginx does not accept is set aside, so that the others serve. @throws portTaken, nginxFailed
   */
  start(): Promise<void>;
  /** A switch of the app is near: for 5 s nginx ends connections of clients with each answer, so that it cuts none. */
  announce(app: string): Promise<void>;
  /** Renders and validates the route alone, and changes no route. @throws nginxFailed, badProject */
  prepare(route: Route, options?: PrepareOptions): Promise<PreparedRoute>;
  /**
   * Makes prepared routes live: written, reloaded, and no old worker accepts a connection any more. Calls that come
   * together share one reload; of one call all routes go live or none.
   * `onServing` is told as soon as new workers answer, about 100 ms before the old ones stop to.
   * On failure the previous routes are back and it throws nginxFailed.
   */
  publish(routes: readonly PreparedRoute[], onServing?: () => void): Promise<void>;
  /** Takes an app's hosts off the air, and its certificate off the disk; unknown apps are no error. */
  remove(app: string): Promise<void>;
  /** Apps with a route on disk, or with a certificate alone: of one that is about to be published, or was removed. */
  published(): Promise<string[]>;
  /** True when the app's route on disk is this one, a renewed certificate included; null for none. @throws badProject */
  isPublished(app: string, route: Route | null): Promise<boolean>;
  /** False when nginx is gone; a look of a millisecond. */
  isRunning(): Promise<boolean>;
  /** Resolves when no request is at a backend that has lost its routes, or after `timeoutMs`. True when drained. */
  drained(backend: Backend, options: DrainOptions): Promise<boolean>;
  /** Lines of an app's access log (JSON), oldest first. */
  accessLog(app: string, options: LogOptions): AsyncIterable<string>;
  /** Removes the access logs of an app that is gone, so that another of its name begins with none. */
  forget(app: string): Promise<void>;
  /** Moves logs of more than `maxBytes` aside and keeps `keep` old ones of each. */
  rotateLogs(maxBytes: number, keep: number): Promise<void>;
}

export interface PreparedRoute {
  readonly app: string;
  readonly text: string;
}

/** The bare repositories that pushes go to. */
export interface Repositories {
  /** Creates it where it does not exist. @returns its path */
  prepare(repository: string): Promise<string>;
  list(): Promise<string[]>;
  remove(repository: string): Promise<void>;
  /** Where a ref stands; null when it does not exist. */
  tip(repository: string, ref: string): Promise<string | null>;
  /** Contents of files at a commit; absent ones are left out. @throws badProject when the commit is not there */
  readFiles(
    repository: string,
    commit: string,
    paths: readonly string[],
  ): Promise<Map<string, string>>;
  /** The tree as an uncompressed tar, submodules included. */
  archive(repository: string, commit: string, submodules: boolean, signal: AbortSignal): Readable;
  /** Compare and set; false when the ref stood elsewhere. A `commit` of zeros takes the ref away. */
  moveRef(
    repository: string,
    ref: string,
    commit: string,
    previous: string | null,
  ): Promise<boolean>;
  /** A ref that is not there is no error; what it led to stays until git's own clean-up. */
  removeRef(repository: string, ref: string): Promise<void>;
  /** Packs what many pushes left loose, if there is enough of it. Takes seconds: for the background. */
  maintain(repository: string, signal: AbortSignal): Promise<void>;
  /** Forgets submodules that no deploy has used for a month. */
  pruneSubmodules(): Promise<void>;
  /** HEAD of the bare repository follows the default branch. */
  setHead(repository: string, branch: string): Promise<void>;
}
