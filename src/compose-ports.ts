import type { Readable } from "node:stream";
import type { RunIo } from "./ports.ts";
import type { Definition, TreeMount } from "./service.ts";

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
    services: ReleaseServices,
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
  hideNames(containers: readonly ServiceContainer[]): Promise<void>;
  /**
   * Others find the containers by the names that the definition has for their service, and by no others, on all networks of
   * it. One that has all that, or is gone, is no error.
   */
  showNames(containers: readonly ServiceContainer[], definition: Definition): Promise<void>;
  /** The same, and they keep the names they have. */
  lendNames(containers: readonly ServiceContainer[], definition: Definition): Promise<void>;
  /** Takes the containers off networks of the project that the definition does not put them on. */
  leaveNetworks(containers: readonly ServiceContainer[], definition: Definition): Promise<void>;
  /** Networks of the app's project that no container is on any more. */
  removeUnusedNetworks(app: string): Promise<void>;
  /** Named volumes of the app's project. */
  listVolumes(app: string): Promise<Volume[]>;
  /** Those of the app's volumes that were made for the release of this origin, a Dockerfile's included. */
  volumesMadeFor(app: string, origin: string): Promise<MadeVolume[]>;
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

/** What containers of a release's services are made from. */
export interface ReleaseServices {
  readonly app: string;
  readonly version: number;
  /** Names the release for good; kept with the volumes that are made for it. */
  readonly origin: string;
  readonly definition: Definition;
  /** Image ids by service. */
  readonly images: Readonly<Record<string, string>>;
}

export interface ServicesSpec extends ReleaseServices {
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
  /** `done`: it ended with status 0, and the engine was not told to keep it running. */
  readonly state: "created" | "running" | "restarting" | "exited" | "done";
  /** False where it stands still and a network of its own is gone (`docker network prune`): the engine starts it never again. */
  readonly startable: boolean;
  /** What it may write to: names of volumes as the engine has them, and absolute paths of the server. */
  readonly writes: readonly string[];
  /** ISO 8601 */
  readonly createdAt: string;
}

/** A container that is not holds no port, and writes nothing. */
export function isUp({ state }: Pick<ServiceContainer, "state">): boolean {
  return state === "running" || state === "restarting";
}

export interface Volume {
  readonly name: string;
  /** A container uses it. */
  readonly used: boolean;
  /** ISO 8601 */
  readonly createdAt: string;
}

export interface MadeVolume {
  readonly name: string;
  /** Ids of the app's containers that have it, running or not. */
  readonly holders: readonly string[];
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
