import type { Rights } from "../store-ports.ts";

/** Who pushes or fetches: the owner of a key or token. */
export interface Caller {
  readonly name: string;
  readonly rights: Rights;
}

export const gitServices = ["receive-pack", "upload-pack"] as const;

export type GitService = (typeof gitServices)[number];

export function isGitService(text: string): text is GitService {
  return gitServices.some((service) => service === text);
}

/** One line of a push. */
export interface RefUpdate {
  readonly ref: string;
  /** Hex digits; zeros for a ref that is new. */
  readonly old: string;
  /** Hex digits; zeros for a ref that goes. */
  readonly new: string;
}

export interface Push extends RefUpdate {
  readonly caller: Caller;
  readonly repository: string;
  /** Aborted when the pusher's connection is lost. */
  readonly signal: AbortSignal;
  /** One line for the pusher to read, at once. */
  readonly write: (line: string) => void;
}

/** What the doors ask of the rest of Goku; the same for SSH and HTTP. */
export interface PushHandler {
  /** Before any git process starts. @throws GokuError = refused */
  authorize(caller: Caller, repository: string, service: GitService): Promise<void>;
  /** True when `readPush` has to see all refs of a push before its first `update`. */
  readsWholePush(repository: string): boolean;
  readPush(caller: Caller, repository: string, updates: readonly RefUpdate[]): Promise<void>;
  /** Once per ref, git's objects in place and the ref not moved yet. Resolves = accepted. @throws GokuError = refused */
  update(push: Push): Promise<void>;
}
