/** An address to listen on. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

export const policies = ["lenient", "strict"] as const;

export type Policy = (typeof policies)[number];

/** Everything that is set once, at the start: defaults, then goku.toml, then GOKU_*. */
export interface Settings {
  /** Absolute path of the folder Goku owns. */
  readonly data: string;
  /** Label value, and prefix of every name in Docker when it is not `goku`. */
  readonly instance: string;
  /** Suffix of app host names. */
  readonly domain: string;
  readonly http: Listen;
  readonly https: Listen;
  readonly web: Listen;
  /** null: Goku runs no sshd of its own. */
  readonly ssh: Listen | null;
  readonly consul: string | null;
  readonly consulToken: string | null;
  readonly consulPrefix: string;
  /** IPv4 network in CIDR notation. */
  readonly subnet: string;
  readonly registry: string | null;
  /** Path of the socket that Docker listens on. */
  readonly dockerSocket: string;
  readonly logLevel: string;

  readonly deadlineMs: number;
  readonly drainMs: number;
  readonly stopMs: number;
  readonly buildTimeoutMs: number;
  /** CPUs all builds together may use (`1.5`). */
  readonly buildCpus: number;
  /** Bytes all builds together may use. */
  readonly buildMemory: number;
  /** Bytes that must be free on Docker's disk for a build to start, and stay free on Goku's own. */
  readonly buildDiskFloor: number;
  /** Bytes that the builder's cache may keep on Docker's disk. */
  readonly buildCache: number;
  /** Builds and starts at one time, over all apps. */
  readonly parallelDeploys: number;
  /** `strict`: what the policy finds refuses an admin's deploys, too. */
  readonly policy: Policy;
  readonly keepImages: number;
  readonly keepReleases: number;
}
