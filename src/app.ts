import { createHash } from "node:crypto";
import { badAppName } from "./errors.ts";

/** What is deployed from one branch of one repository. */
export interface App {
  /** `<repository>-<branch>`, its name in Docker, never changes: `blog-main`. */
  readonly id: string;
  /** What people say: `blog` on the default branch, the id on any other. */
  readonly name: string;
  readonly repository: string;
  readonly branch: string;
  /** Stopped by `octo stop`: its hosts answer 503 until `octo start` or the next push. */
  readonly stopped: boolean;
}

/** RFC 1035 section 2.3.4: a label of a domain name has at most 63 characters. */
const maxLabelLength = 63;
const hashLength = 8;

/** Longest first part of `<repository>-<branch>` that a person may choose. */
const repositoryPattern = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i;

/** Names Goku needs for itself: `goku.<domain>` is its API and git over HTTP. */
const reservedNames = new Set(["goku"]);

export function isRepositoryName(name: string): boolean {
  return (
    repositoryPattern.test(name) &&
    !name.includes("..") &&
    !name.endsWith(".git") &&
    !reservedNames.has(toLabel(name))
  );
}

/**
 * Lower case, every other character than `a-z0-9-` a `-`, at most 63 characters;
 * a cut name ends in a hash of the whole, so that two long names stay two.
 */
export function toLabel(text: string): string {
  const label = withoutOuterDashes(text.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-"));
  if (label.length <= maxLabelLength) {
    return label;
  }
  const hash = createHash("sha256").update(text).digest("hex").slice(0, hashLength);
  return `${withoutOuterDashes(label.slice(0, maxLabelLength - hashLength - 1))}-${hash}`;
}

/** No expression does this in the time that one look at each character takes, and a branch's name may have 60 kB. */
function withoutOuterDashes(text: string): string {
  let [from, to] = [0, text.length];
  while (text[from] === "-") {
    from += 1;
  }
  while (to > from && text[to - 1] === "-") {
    to -= 1;
  }
  return text.slice(from, to);
}

/** The app's name in Docker: `blog-main`, `blog-feature-x`. */
export function appId(repository: string, branch: string): string {
  return toLabel(`${repository}-${branch}`);
}

/** What people say for it: `blog` on the default branch, `blog-feature-x` on another. */
export function appName(repository: string, branch: string, defaultBranch: string | null): string {
  return branch === defaultBranch ? toLabel(repository) : appId(repository, branch);
}

/** Names an app can be called by, as they appear in commands, hosts and Consul. */
const appNamePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function isAppName(name: string): boolean {
  return appNamePattern.test(name) && !reservedNames.has(name);
}

/** @throws badAppName */
export function assertAppName(app: string): void {
  if (!isAppName(app)) {
    throw badAppName(app);
  }
}
