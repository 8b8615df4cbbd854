import type { App } from "./app.ts";
import type { VarChange } from "./ports.ts";
import type { Release, ReleaseStatus, StepTime } from "./release.ts";
import type { FindingKind } from "./service.ts";

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
  /** Resolves when all that was written before outlives a power cut, too. Who asks at one time shares the work. @throws notOnDisk */
  sync(): Promise<void>;
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
 * Consul's ModifyIndex of each var as this Goku last wrote it, or last followed somebody else's change of it: what
 * differs from this was changed by somebody else, even while Goku was not running.
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
  /** How the app is being removed; null once nobody does. */
  setRemoval(id: string, removal: AppRemoval | null): void;
  /** Apps whose removal has begun, by id. */
  removals(): ReadonlyMap<string, AppRemoval>;
  /** Nothing is left over of releases up to this version. */
  setCleared(id: string, version: number): void;
  /** False where it has releases since then; true for an app that there is not. */
  isCleared(id: string): boolean;
  /** Those that are not. */
  uncleared(): App[];
  /** Forgets the app and its releases; in the same transaction also this repository, which no other app is made from. */
  remove(id: string, repository?: string): void;
  /** Forgets a repository without apps, its default branch included. */
  removeRepository(repository: string): void;
}

/** `all`: what is kept otherwise goes, too. */
export type AppRemoval = "app" | "all";

export interface Releases {
  /** The next version of the app, with status `building`. */
  create(release: NewRelease): Release;
  update(app: string, version: number, change: ReleaseChange): void;
  /**
   * One transaction: the release becomes `live` and the one that was becomes `retired`; the app is neither stopped nor being
   * removed any more.
   */
  goLive(app: string, version: number): void;
  live(app: string): Release | null;
  find(app: string, version: number): Release | null;
  /** Newest first. */
  list(app: string, limit?: number): Release[];
  /** Releases left `building` or `publishing` by a Goku that was killed. */
  unfinished(): Release[];
  /** What takes back what the release changes in the vars, should it not go live after all. */
  setUndo(app: string, version: number, undo: VarChange): void;
  undo(app: string, version: number): VarChange | null;
  addStep(app: string, version: number, step: StepTime): void;
  /** Keeps the newest `keep` that went live, as many that did not, and those under way: failures push out nothing to go back to. */
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
  /** Anybody may have chosen the detail: of a long one both ends are kept, and what a terminal would obey as JSON escapes it. */
  add(event: Omit<Event, "at">): void;
  /** Newest first. */
  list(app: string | null, limit: number): Event[];
}

/** Addresses given to replicas, kept until the replica is removed. */
export interface Leases {
  /** The lowest free address of `candidates`, recorded for `holder`; null when all are taken. */
  lease(candidates: Iterable<string>, holder: string): string | null;
  /** From now on the app is reached there. */
  settle(address: string, app: string): void;
  release(address: string): void;
  all(): readonly Lease[];
}

export interface Lease {
  readonly address: string;
  readonly holder: string;
  /** The app that is reached there, or was: somebody may still ask for it there. Null before the first. */
  readonly app: string | null;
}
