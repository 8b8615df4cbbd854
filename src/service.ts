/** One service of a compose project. */
export interface Service {
  readonly name: string;
  /** The reference that `image:` names; null for a service that is built. */
  readonly image: string | null;
  /** Containers the file asks for (`deploy.replicas`, `scale`); the config var CONTAINERS overrides it. */
  readonly replicas: number;
  readonly dependsOn: readonly Dependency[];
  /**
   * Why a second set of containers cannot run beside the first (a port of the server, data it writes to), as the end of
   * a sentence; null when it can.
   */
  readonly noTwin: string | null;
  /**
   * - `always`: started again when it ends and after a reboot: `restart: always` or `unless-stopped`, or no word about it
   * - `until-done`: may end by itself: `restart: "no"` or `on-failure`, or others wait for it to complete
   */
  readonly runs: "always" | "until-done";
  /** Docker has to be told to keep it running, since the file says nothing about it. */
  readonly keep: boolean;
}

export interface Dependency {
  readonly service: string;
  readonly condition: "service_started" | "service_healthy" | "service_completed_successfully";
  readonly required: boolean;
}

/** Where the requests for some domains go. */
export interface ServiceRoute {
  readonly service: string;
  readonly port: number;
  /** Domains of this route alone (`x-goku: {routes: ...}`). */
  readonly domains: readonly string[];
}

/** A path of the tree that a service mounts. */
export interface TreeMount {
  /** Relative to the top of the tree, symlinks resolved, without `./`; empty for the tree itself. */
  readonly path: string;
  /**
   * - `content`: comes from a place named by its content, so that it never changes under a running release
   * - `kept`: lives with the app through all releases; what the tree has there is its first content
   */
  readonly kind: "content" | "kept";
  readonly form: "file" | "folder";
  /** Hash of what the tree has there, and of the path where containers may write to one of several like it; null for nothing. */
  readonly hash: string | null;
  /** Absolute path on the server. */
  readonly source: string;
}

/** Something a project asks of the server that the policy has a word on. */
export interface Finding {
  readonly kind: FindingKind;
  /** One sentence without a full stop that names the service: `service web sets privileged: true`. */
  readonly text: string;
}

/** What an admin can allow an app, one by one. */
export const findingKinds = [
  "privileged",
  "host-namespace",
  "docker-socket",
  "devices",
  "capabilities",
  "security-options",
  "host-mounts",
  "host-ports",
  "networks",
  "domains",
  "volumes",
  "build",
  "images",
  "unknown-keys",
] as const;

export type FindingKind = (typeof findingKinds)[number];

/** A compose model as `docker compose config --format json` prints it: `$` written as `$$`. */
export interface Definition {
  readonly services: Readonly<Record<string, DefinitionPart>>;
  readonly networks: Readonly<Record<string, DefinitionPart>>;
  readonly volumes: Readonly<Record<string, DefinitionPart>>;
  readonly secrets: Readonly<Record<string, DefinitionPart>>;
  readonly configs: Readonly<Record<string, DefinitionPart>>;
}

/** JSON. */
export type DefinitionPart = Readonly<Record<string, unknown>>;
