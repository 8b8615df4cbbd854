import type { AppStatus, ServiceStatus } from "../deploy/verbs/apps.ts";
import type { AppContainer } from "../deploy/verbs/containers.ts";
import type { KeptFolder, OwnedVolume, UnneededVolume } from "../deploy/verbs/volumes.ts";
import type { AppPolicy } from "../deploy/verbs/policy.ts";
import type { Rights } from "../store-ports.ts";
import type { Release, ReleaseStatus, StepTime } from "../release.ts";
import type { Door } from "../revision.ts";

/* What verbs answer: the JSON that `octo --json` prints and that scripts rely on. Lists are newest first. */

export type { AppPolicy, AppStatus, ServiceStatus };

/** A line of `octo apps`: what the records say, without asking Docker. */
export interface AppAnswer {
  readonly name: string;
  readonly id: string;
  readonly repository: string;
  readonly branch: string;
  readonly stopped: boolean;
  /** Of the live release; null before there is one. */
  readonly version: number | null;
  readonly commit: string | null;
  readonly domains: readonly string[];
  readonly updatedAt: string | null;
}

/** A release as people see it: without the values of its vars. */
export interface ReleaseAnswer {
  readonly app: string;
  readonly version: number;
  readonly status: ReleaseStatus;
  /** The commit. */
  readonly revision: string;
  readonly reason: string;
  readonly by: string;
  readonly door: Door;
  readonly image: string | null;
  readonly domains: readonly string[];
  readonly scale: number;
  readonly failure: string | null;
  readonly steps: readonly StepTime[];
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** `octo info`: how an app does, and what is live. */
export interface InfoAnswer extends AppStatus {
  readonly release: ReleaseAnswer | null;
}

export interface ScaledAnswer extends ReleaseAnswer {
  /** False when it had that many already. */
  readonly changed: boolean;
  /** Containers of each service of a compose project from now on; empty for a Dockerfile. */
  readonly services: Readonly<Record<string, number>>;
}

/** A line of `octo ps`. */
export interface ContainerAnswer extends AppContainer {
  readonly running: boolean;
  /** How it ended; null while it runs, and before it first does. */
  readonly exitStatus: number | null;
  /** Times that Docker started it again after it had died. */
  readonly restarts: number;
}

export interface VolumesAnswer {
  readonly app: string;
  readonly volumes: readonly OwnedVolume[];
  /** Folders and files of the tree that containers write to. */
  readonly folders: readonly KeptFolder[];
}

export interface PrunedAnswer {
  /** Nothing was removed, it was only said what would be. */
  readonly dryRun: boolean;
  readonly volumes: readonly UnneededVolume[];
}

export interface ConfigChangedAnswer {
  readonly app: string;
  readonly changed: readonly string[];
  /** Null where nothing had to start: nothing changed, nothing runs yet, or `--no-restart`. */
  readonly release: ReleaseAnswer | null;
  /** The app has been pushed already. */
  readonly exists: boolean;
  /** `none`: it has no release that runs or could be started. */
  readonly state: "live" | "stopped" | "none";
}

export interface VarAnswer {
  readonly app: string;
  readonly key: string;
  readonly value: string;
}

export interface AppVarsAnswer {
  readonly app: string;
  readonly vars: Readonly<Record<string, string>>;
}

export interface DomainsAnswer {
  readonly app: string;
  readonly domains: readonly string[];
  readonly release: ReleaseAnswer | null;
}

export interface KeyAnswer {
  readonly name: string;
  readonly fingerprint: string;
  readonly rights: Rights;
  readonly createdAt: string;
}

export interface TokenAnswer {
  readonly name: string;
  readonly rights: Rights;
  readonly createdAt: string;
}

/** The only time that the token itself is seen. */
export interface NewTokenAnswer extends TokenAnswer {
  readonly token: string;
}

export interface RemovedAnswer {
  readonly app: string;
  /** Volumes and repository went too. */
  readonly force: boolean;
}

export interface ExitAnswer {
  readonly exitStatus: number;
}

/** For verbs that have nothing to tell but that they are done. */
export interface NameAnswer {
  readonly name: string;
}

export interface VersionAnswer {
  readonly version: string;
}

export function releaseAnswer(release: Release): ReleaseAnswer {
  const { app, version, status, commit, reason, by, door, image, domains } = release;
  const { scale, failure, steps, createdAt, finishedAt } = release;
  return {
    app,
    version,
    status,
    revision: commit,
    reason,
    by,
    door,
    image,
    domains,
    scale,
    failure,
    steps,
    createdAt,
    finishedAt,
  };
}
