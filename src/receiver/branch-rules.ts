import { appId, isAppName } from "../app.ts";
import { badBranchName } from "../errors.ts";

/** Branches that become a repository's default when they are pushed first; the first of them wins. */
const defaultBranches = ["main", "master"] as const;

/** The default branch of a repository without one, if the pushed branches decide it. */
export function chooseDefaultBranch(branches: readonly string[]): string | null {
  return defaultBranches.find((branch) => branches.includes(branch)) ?? null;
}

/** Refuses branches that no host name could tell from others. @throws badBranchName */
export function mustBeDeployable(repository: string, branch: string): void {
  const says = /[a-z0-9]/i.test(branch);
  if (!says || branch === "HEAD" || !isAppName(appId(repository, branch))) {
    throw badBranchName(branch);
  }
}
