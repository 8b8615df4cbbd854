import type { Readable, Writable } from "node:stream";
import type { App } from "./app.ts";
import type { HostMount, PublishedPort, Link } from "./project.ts";
import type { Release, ReleaseStatus, StepTime } from "./release.ts";
import type { Backend, Route } from "./route.ts";
import type { Definition, FindingKind, TreeMount } from "./service.ts";

/*
 * What the story of a deploy needs of the outside world. Every method that can wait takes an AbortSignal
 * or a bound in milliseconds; every failure a user can cause or mend is a GokuError.
 */

/** Docker, or anything else that builds images and runs replicas of them. */
export interface Engine {
  /** @throws dockerUnavailable */
  ping(): Promise<void>;
  /** Networks and spare namespaces exist, and nothing left over does; safe to call again. */
  start(): Promise<void>;

  /**
   * Builds one image from a tar of the tree, pulling base images first.
   * @returns the image id
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
  /** Removes the images of an app that are not in `keep`. */
  pruneImages(app: string, keep: readonly string[]): Promise<void>;

  /** Creates and starts one replica; nothing of it is left behind when it throws. */
  startReplica(spec: ReplicaSpec, signal: AbortSignal): Promise<Replica>;
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
  /**
   * Runs a command to its end in a container of its own, removed afterwards.
   * @returns its exit status
   */
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

/**
 * The services of compose projects. `docker compose` says what a file means, builds, and creates containers; they are
 * started, stopped and removed by their ids with the methods for replicas, which take any container of the instance.
 */
export interface Composer {
  /**
   * What the file means: the JSON of `docker compose config`.
   * @throws composeMissing, badProject with what docker compose said
   */
  interpret(source: ComposeSource, signal: AbortSignal): Promise<Interpreted>;
  /**
   * Builds what the file says is built. @returns image ids by service
   * @throws buildFailed with the failing step's last lines
   */
  build(
    build: ServicesBuild,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<Record<string, string>>;
  /** Pulls those of the references that are not there. @returns image ids by reference. @throws buildFailed */
  fetchImages(
    references: readonly string[],
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<Record<string, string>>;
  /** What an image says of the containers made from it. */
  describeImage(id: string): Promise<ImageFacts>;
  /**
   * Creates containers beside those that are there, with networks and volumes that are missing, and starts none. Those of
   * routed services get an address. Nothing of it is left behind when it throws.
   */
  create(spec: ServicesSpec, signal: AbortSignal): Promise<CreatedServices>;
  /** Takes away networks and volumes that a creation made, as far as nothing uses them. */
  uncreate(created: CreatedServices): Promise<void>;
  /** All containers of services of the instance, or of one app, routed ones included, running or not. */
  listServices(app?: string): Promise<ServiceContainer[]>;
  /** Starts a created or stopped container; one that runs is left alone. @throws where it cannot start, told as for replicas */
  startService(container: ServiceContainer, signal: AbortSignal): Promise<void>;
  /**
   * Runs a command to its end in a new container of the service, removed afterwards.
   * @returns its exit status
   */
  run(
    spec: Omit<ServicesSpec, "wanted">,
    service: string,
    command: readonly string[],
    io: RunIo,
    signal: AbortSignal,
  ): Promise<number>;
  /** Gives the container a name, for people and for `docker exec`; one that is taken is no error. */
  renameService(id: string, name: string): Promise<void>;
  /**
   * Others on the project's networks find the running containers no more by the names of their service: not by its name,
   * `container_name` or an alias. They keep their addresses, and connections that are open go on. Each stands still for some
   * 100 ms meanwhile. Where an address cannot be kept nothing is done. One that is hidden already, or gone, is no error.
   */
  hide(containers: readonly ServiceContainer[]): Promise<void>;
  /**
   * Gives the names back as the definition has them, and puts the containers on networks of it that they are not on. One
   * that has all that, or is gone, is no error.
   */
  show(containers: readonly ServiceContainer[], definition: Definition): Promise<void>;
  /** Takes the containers off networks of the project that the definition does not put them on. */
  part(containers: readonly ServiceContainer[], definition: Definition): Promise<void>;
  /** Networks of the app's project that no container is on any more. */
  removeUnusedNetworks(app: string): Promise<void>;
  /** Named volumes of the app's project. */
  listVolumes(app: string): Promise<Volume[]>;
  /** @throws conflict where a container uses it */
  removeVolume(name: string): Promise<void>;
}

export interface ComposeSource {
  readonly app: string;
  /** The checked-out tree. */
  readonly tree: Tree;
  /** Path in the tree. */
  readonly file: string;
  /** Config vars, for `${VAR}` and for keys of `environment` without a value. */
  readonly vars: Readonly<Record<string, string>>;
}

export interface Interpreted {
  /** As docker compose printed it; `$` is written as `$$` in it. */
  readonly model: unknown;
  /** Sentences: a var that is not set, an attribute that is obsolete. */
  readonly warnings: readonly string[];
}

export interface ServicesBuild {
  readonly app: string;
  readonly version: number;
  readonly tree: Tree;
  /** `build` of each service to build, as the interpreted file has it, and what it refers to. */
  readonly definition: Definition;
}

export interface ImageFacts {
  readonly id: string;
  /** TCP ports of EXPOSE, in ascending order. */
  readonly ports: readonly number[];
  /** Paths of VOLUME. */
  readonly volumes: readonly string[];
}

export interface ServicesSpec {
  readonly app: string;
  readonly version: number;
  readonly definition: Definition;
  /** Image ids by service. */
  readonly images: Readonly<Record<string, string>>;
  /** What to make, with the content each container stands for. */
  readonly wanted: readonly WantedService[];
}

export interface WantedService {
  readonly service: string;
  /** How many more containers. */
  readonly count: number;
  /** Of the definition and the image; kept as a label. */
  readonly fingerprint: string;
  /** It is a replica of this release, with an address nginx can reach. */
  readonly routed: boolean;
  /** Containers that have stopped when the new ones start, and leave them their addresses on the project's networks. */
  readonly replaces?: readonly Pick<ServiceContainer, "id">[];
}

export interface CreatedServices {
  readonly containers: readonly ServiceContainer[];
  /** Names of those that were not there before. */
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** A container of a compose project. */
export interface ServiceContainer {
  readonly id: string;
  readonly name: string;
  readonly app: string;
  readonly service: string;
  readonly fingerprint: string;
  /** The release that a routed one belongs to; null for others, which outlive releases. */
  readonly version: number | null;
  /** Image id. */
  readonly image: string;
  /** IPv4 on the routed network; null for those that are not routed. */
  readonly address: string | null;
  /** `done`: it ended by itself, with status 0. */
  readonly state: "created" | "running" | "restarting" | "exited" | "done";
  /** ISO 8601 */
  readonly createdAt: string;
}

export interface Volume {
  readonly name: string;
  /** A container uses it. */
  readonly used: boolean;
  /** ISO 8601 */
  readonly createdAt: string;
}

/** A commit, unpacked where nobody but its owner can read. */
export interface Tree {
  /** Absolute path. */
  readonly folder: string;
  /** The user that owns the files and that whatever reads them runs as; null where Goku is not root. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** Checked-out trees, and what containers mount from them. */
export interface Trees {
  /** The commit's files, submodules included where it has some; what is there already is used again. */
  checkOut(place: TreePlace, archive: () => Readable): Promise<Tree>;
  /** What is at each path, absolute or relative to the tree; with the hash of its content for those of `hashed`. */
  look(
    tree: Tree,
    paths: readonly string[],
    hashed: readonly string[],
  ): Promise<Map<string, PathFacts>>;
  /** The text of a file of the tree; null where there is none, or it is longer than any of its kind. */
  readText(tree: Tree, path: string): Promise<string | null>;
  /** Where a mount of the app finds its content (`kind` content, by hash) or keeps it (`kind` kept, by path). */
  sourceOf(app: string, kind: TreeMount["kind"], name: string): string;
  /** Puts a text in the place of a mount by content; one with that hash is left alone. */
  writeContent(app: string, hash: string, text: string): Promise<void>;
  /**
   * Puts the content of mounts in place: what is there already is left alone.
   * @returns sentences on tracked files that differ from the tree's since their folder was last seeded
   */
  place(app: string, tree: Tree, mounts: readonly TreeMount[]): Promise<string[]>;
  /** True when everything that the mounts need is in place. */
  isPlaced(mounts: readonly TreeMount[]): Promise<boolean>;
  /** Removes trees and contents of the app that no release needs. */
  prune(app: string, commits: readonly string[], mounts: readonly TreeMount[]): Promise<void>;
  /** Removes trees and contents of the app; with `kept`, its kept files too. */
  removeAll(app: string, kept: boolean): Promise<void>;
}

export interface TreePlace {
  readonly app: string;
  readonly commit: string;
}

export interface PathFacts {
  /** `outside`: symlinks resolved, it is not in the tree (and it may exist or not). */
  readonly where: "tree" | "outside" | "missing";
  readonly form: "file" | "folder" | "other" | null;
  /** Relative to the tree, symlinks resolved; null outside of it. */
  readonly path: string | null;
  /** Absolute, symlinks resolved as far as it exists. */
  readonly real: string;
  /** Hash of its content; null where it was not asked for, outside the tree, and for what is missing. */
  readonly hash: string | null;
}

/** Addresses given to replicas, kept until the replica is removed. */
export interface Leases {
  /** The lowest free address of `candidates`, recorded for `holder`; null when all are taken. */
  lease(candidates: Iterable<string>, holder: string): string | null;
  release(address: string): void;
  all(): readonly Lease[];
}

export interface Lease {
  readonly address: string;
  readonly holder: string;
}

/** Config vars of apps, reserved keys included. */
export interface Vars {
  /** Where they live, for messages: `Consul at http://...`, `the embedded store`. */
  readonly place: string;
  read(app: string): Promise<Record<string, string>>;
  /** One transaction. Nothing is written where nothing changes. */
  change(app: string, change: VarChange): Promise<VarChanged>;
  removeAll(app: string): Promise<void>;
  /** Names of apps that have vars. */
  apps(): Promise<string[]>;
  /** Names of apps whose vars somebody other than this Goku changed, from now on. Ends with the signal; survives outages. */
  watch(signal: AbortSignal): AsyncIterable<string>;
}

export interface VarChange {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

export interface VarChanged {
  /** All vars afterwards. */
  readonly vars: Record<string, string>;
  /** Keys whose value is other than before, or that are gone. */
  readonly changed: readonly string[];
}

/** Consul's service catalogue; does nothing where there is no Consul. */
export interface Catalog {
  /** The app's services become exactly these; idempotent. */
  register(app: string, services: readonly CatalogService[]): Promise<void>;
  deregister(app: string): Promise<void>;
}

export interface CatalogService {
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  /** Path or URL of the HTTP check; null for `/`. */
  readonly check: string | null;
  /** Consul's notation: `15s`. */
  readonly interval: string | null;
}

/** nginx. */
export interface Router {
  /**
   * nginx runs with the routes last published; started if it is not, left alone if it is. Safe to call again.
   * A vhost that nginx does not accept is set aside, so that the others serve. @throws portTaken, nginxFailed
   */
  start(): Promise<void>;
  /**
   * Renders and validates the route alone, and changes no route. Best called while the candidate starts: from then on,
   * for 5 s, nginx ends client connections with each answer, so that the switch cuts none of them off.
   * @throws nginxFailed, badProject
   */
  prepare(route: Route): Promise<PreparedRoute>;
  /**
   * Makes prepared routes live: written, reloaded, and no old worker accepts a connection any more.
   * Calls that come together share one reload; of one call all routes go live or none.
   * `onServing` is told as soon as new workers answer, about 100 ms before the old ones stop to.
   * On failure the previous routes are back and it throws nginxFailed.
   */
  publish(routes: readonly PreparedRoute[], onServing?: () => void): Promise<void>;
  /** Takes an app's hosts off the air; unknown apps are no error. */
  remove(app: string): Promise<void>;
  /** Apps with a route on disk. */
  published(): Promise<string[]>;
  /** True when the app's route on disk is this one; null for none. @throws badProject where it cannot be rendered */
  isPublished(app: string, route: Route | null): Promise<boolean>;
  /** False when nginx is gone; a look of a millisecond. */
  isRunning(): Promise<boolean>;
  /** Resolves when no connection of nginx to the backend is left, or after `timeoutMs`. True when drained. */
  drained(backend: Backend, timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  /** Lines of an app's access log (JSON), oldest first. */
  accessLog(app: string, options: LogOptions): AsyncIterable<string>;
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
  /** Compare and set; false when the ref stood elsewhere. */
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

/** What happened: SQLite. Synchronous, since it is a local file. */
export interface Store {
  readonly apps: Apps;
  readonly releases: Releases;
  readonly keys: Keys;
  readonly tokens: Tokens;
  readonly leases: Leases;
  readonly events: Events;
  readonly embeddedVars: EmbeddedVarsTable;
  readonly ownWrites: OwnWrites;
  readonly allowances: Allowances;
  close(): void;
}

/** What an admin lets an app ask of the server; forgotten with the app. Apps by id. */
export interface Allowances {
  /** In the order of `findingKinds`. */
  list(app: string): FindingKind[];
  /** One transaction; what is allowed already is no error. @throws noSuchApp */
  allow(app: string, kinds: readonly FindingKind[]): void;
  /** What is not allowed is no error. */
  deny(app: string, kinds: readonly FindingKind[]): void;
}

/** Config vars by app, for a server without Consul. */
export interface EmbeddedVarsTable {
  read(app: string): Map<string, string>;
  /** One transaction: the keys of `remove` go, then those of `set` are written. */
  write(app: string, change: VarChange): void;
  removeAll(app: string): void;
  /** Names of apps that have vars. */
  apps(): string[];
}

/**
 * Consul's ModifyIndex of each var as this Goku last wrote it, or last reported it as somebody else's
 * change: what differs from this was changed by somebody else, even while Goku was not running.
 */
export interface OwnWrites {
  /** By app, then by key. */
  all(): Map<string, Map<string, number>>;
  of(app: string): Map<string, number>;
  /** One transaction; null forgets the key. */
  record(app: string, indexes: ReadonlyMap<string, number | null>): void;
}

export interface Apps {
  /** Default branch of a repository; null until the first push of main or master. */
  defaultBranch(repository: string): string | null;
  setDefaultBranch(repository: string, branch: string): void;
  /** By name or id. */
  find(name: string): App | null;
  all(): App[];
  /** @throws nameTaken where another (repository, branch) has the name or id */
  create(repository: string, branch: string): App;
  setStopped(id: string, stopped: boolean): void;
  /** Vars were changed without a restart, so that a difference to the live release is wanted. */
  setVarsPending(id: string, pending: boolean): void;
  varsPending(id: string): boolean;
  /** Forgets the app and its releases. */
  remove(id: string): void;
  /** Forgets a repository without apps, its default branch included. */
  removeRepository(repository: string): void;
}

export interface Releases {
  /** The next version of the app, with status `building`. */
  create(release: NewRelease): Release;
  update(app: string, version: number, change: ReleaseChange): void;
  /** The release becomes `live` and the one that was becomes `retired`, in one transaction. */
  goLive(app: string, version: number): void;
  live(app: string): Release | null;
  find(app: string, version: number): Release | null;
  /** Newest first. */
  list(app: string, limit?: number): Release[];
  /** Releases left `building` or `publishing` by a Goku that was killed. */
  unfinished(): Release[];
  addStep(app: string, version: number, step: StepTime): void;
  /** Keeps the newest `keep` and the live one. */
  prune(app: string, keep: number): void;
}

export type NewRelease = Pick<Release, "app" | "commit" | "door" | "by" | "reason"> &
  Partial<Pick<Release, "image" | "project" | "vars" | "domains" | "scale">>;

export type ReleaseChange = Partial<
  Pick<Release, "image" | "project" | "vars" | "domains" | "scale" | "failure">
> & { readonly status?: Exclude<ReleaseStatus, "live" | "retired"> };

/** What a key or token may do. */
export interface Rights {
  readonly admin: boolean;
  /** Patterns of app names it may deploy to and command (`*` matches any run of characters). */
  readonly deploy: readonly string[];
  /** Patterns of app names it may only look at. */
  readonly read: readonly string[];
}

export interface Key {
  readonly name: string;
  /** `ssh-ed25519 AAAA...`, without comment. */
  readonly publicKey: string;
  /** `SHA256:...` */
  readonly fingerprint: string;
  readonly rights: Rights;
  readonly createdAt: string;
}

export interface Keys {
  /** @throws conflict where the name or the key is there */
  add(key: Omit<Key, "createdAt">): Key;
  list(): Key[];
  find(name: string): Key | null;
  remove(name: string): boolean;
}

export interface Token {
  readonly name: string;
  readonly rights: Rights;
  readonly createdAt: string;
}

export interface Tokens {
  /** `hash` is the SHA-256 of the secret, hex. @throws conflict where the name is there */
  add(token: Omit<Token, "createdAt">, hash: string): Token;
  list(): Token[];
  /** The token of that name with that hash. */
  verify(name: string, hash: string): Token | null;
  remove(name: string): boolean;
}

export interface Event {
  readonly at: string;
  /** App id; null for what concerns the server. */
  readonly app: string | null;
  readonly who: string;
  /** Name of the step or verb. */
  readonly what: string;
  readonly detail: string;
}

export interface Events {
  add(event: Omit<Event, "at">): void;
  /** Newest first. */
  list(app: string | null, limit: number): Event[];
}
