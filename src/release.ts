import type { Project } from "./project.ts";
import type { Door } from "./revision.ts";

/**
 * - `building`: anything before `publish`
 * - `publishing`: the candidate is proven, traffic is being moved; a restart of Goku finishes it
 * - `live`: serves now (one per app)
 * - `retired`: served once
 * - `failed`, `superseded`, `cancelled`: never served
 */
export type ReleaseStatus =
  | "building"
  | "publishing"
  | "live"
  | "retired"
  | "failed"
  | "superseded"
  | "cancelled";

/** Everything that makes one version of an app; rolling back restores all of it. */
export interface Release {
  /** App id. */
  readonly app: string;
  /** 1, 2, 3 ... within the app; written `v12`. */
  readonly version: number;
  readonly status: ReleaseStatus;
  readonly commit: string;
  readonly door: Door;
  /** Who made it, and why: `push`, `config:set PORT`, `rollback to v3`. */
  readonly by: string;
  readonly reason: string;
  /** Image id (`sha256:...`); null until it is built. */
  readonly image: string | null;
  readonly project: Project | null;
  /** Config vars, reserved keys included. */
  readonly vars: Readonly<Record<string, string>>;
  readonly domains: readonly string[];
  readonly scale: number;
  /** Why it did not go live, one sentence. */
  readonly failure: string | null;
  /** Duration of each step taken, in order. */
  readonly steps: readonly StepTime[];
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export interface StepTime {
  readonly name: StepName;
  readonly ms: number;
}

/** A step of a release's story whose time is noted. */
export type StepName =
  | "checkOut"
  | "readProject"
  | "buildImage"
  | "release"
  | "startCandidate"
  | "awaitHealthy"
  | "publish"
  | "record";

/** The reason of releases that a door brought; their commit is where the branch must stand. */
export const revisionReasons = { push: "push", pull: "pull", webhook: "webhook" } as const;

/** A door brought it: it is no restart, rollback or change of vars. */
export function bringsRevision({ reason, door }: Pick<Release, "reason" | "door">): boolean {
  return reason === revisionReasons[door];
}
