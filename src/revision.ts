/** How a revision arrives. */
export type Door = "push" | "pull" | "webhook";

/** A commit to deploy, with the door it came by and who brought it. */
export interface Revision {
  readonly repository: string;
  readonly branch: string;
  /** 40 (SHA-1) or 64 (SHA-256) hex digits. */
  readonly commit: string;
  /** Where the branch stood when the revision was brought; null when it is new. */
  readonly previous: string | null;
  readonly door: Door;
  /** Name of the key, token or source that brought it. */
  readonly by: string;
  /** An admin brought it, whom the policy for what deployers bring does not bind. */
  readonly byAdmin: boolean;
}

export function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}

/** Keeps a commit that no branch leads to any more: it may be the only copy. */
export function asideRef(commit: string): string {
  return `refs/goku/aside/${commit}`;
}

/** The branch a ref names, or null for tags and everything else. */
export function branchOf(ref: string): string | null {
  const prefix = "refs/heads/";
  return ref.startsWith(prefix) && ref.length > prefix.length ? ref.slice(prefix.length) : null;
}

const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export function isCommit(text: string): boolean {
  return commitPattern.test(text);
}

/** Git writes "no such object" as zeros: the old side of a new ref, the new side of a deleted one. */
export function isNoCommit(text: string): boolean {
  return /^0+$/.test(text);
}

/** Those zeros, as many as the digits of `commit`. */
export function noCommit(commit: string): string {
  return "0".repeat(commit.length);
}

export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}
