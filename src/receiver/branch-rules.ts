import { appId, isAppName } from "../app.ts";
import { badBranchName } from "../errors.ts";

/** Branches that become a repository's default when they are pushed first; the first of them wins. */
const defaultBranches = ["main", "master"] as const;

/**
 * The default branch of a repository without one, if the pushed branches decide it.
 * @param allowed what will be refused decides nothing
 */
export function chooseDefaultBranch(
  branches: readonly string[],
  allowed: (branch: string) => boolean,
): string | null {
  return defaultBranches.find((branch) => branches.includes(branch) && allowed(branch)) ?? null;
}

/** git locks a ref by a file of its name and `.lock`, and no name of a file has more than 255 bytes. */
const maxPartBytes = 250;
/** Linux opens no path of 4,096 bytes: the folders above have the rest. */
const maxBytes = 3000;

/** Refuses branches that no host name could tell from others, and what git could not keep. @throws badBranchName */
export function mustBeDeployable(repository: string, branch: string): void {
  const says = /[a-z0-9]/i.test(branch);
  if (!says || branch === "HEAD" || !isAppName(appId(repository, branch))) {
    throw badBranchName(branch, "no host name could be made of it");
  }
  const hasLongPart = branch.split("/").some((part) => Buffer.byteLength(part) > maxPartBytes);
  if (hasLongPart || Buffer.byteLength(branch) > maxBytes) {
    throw badBranchName(branch, "its name is too long for git to keep");
  }
  if (/\p{Cc}/u.test(branch)) {
    throw badBranchName(branch, "its name has a control character");
  }
}
