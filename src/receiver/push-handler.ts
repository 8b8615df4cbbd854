import { appId, appName, isRepositoryName, toLabel } from "../app.ts";
import { deploy } from "../deploy/deploy.ts";
import type { Parts, Request } from "../deploy/parts.ts";
import { removeApp } from "../deploy/verbs/remove.ts";
import { lineReport } from "../deploy/report.ts";
import { withWhatServes } from "../deploy/story/what-serves.ts";
import { badRepositoryName, branchInTheWay, defaultBranchStays, notAllowed } from "../errors.ts";
import { branchOf, isNoCommit } from "../revision.ts";
import { mayDeploy, mayPushTo, mayRead } from "../rights.ts";
import { chooseDefaultBranch, mustBeDeployable } from "./branch-rules.ts";
import type { Caller, GitService, Push, PushHandler, RefUpdate } from "./push.ts";
import { mustBeStorable } from "./ref-rules.ts";
import type { BareRepositories } from "./repositories.ts";

export type PushParts = Parts & { readonly repositories: BareRepositories };

/** What a push can lead to. */
export interface PushWork {
  readonly deploy: typeof deploy;
  readonly removeApp: typeof removeApp;
}

/** Turns what git says about a push into deploys and removals. */
export function createPushHandler(
  parts: PushParts,
  work: PushWork = { deploy, removeApp },
): PushHandler {
  const { apps } = parts.store;

  const fixDefaultBranch = async (
    { rights }: Caller,
    repository: string,
    branches: readonly string[],
  ) => {
    const branch = chooseDefaultBranch(branches, (one) =>
      mayDeploy(rights, defaultApp(repository, one)),
    );
    if (branch !== null && apps.defaultBranch(repository) === null) {
      await parts.repositories.setHead(repository, branch);
      apps.setDefaultBranch(repository, branch);
    }
  };

  return {
    async authorize(caller, repository, service) {
      mustBeAllowed(caller, repository, service, apps.defaultBranch(repository));
    },

    readsWholePush: (repository) => apps.defaultBranch(repository) === null,

    async readPush(caller, repository, updates) {
      await fixDefaultBranch(caller, repository, updates.flatMap(pushedBranch));
    },

    async update(push) {
      const { repository, ref } = push;
      mustBeAllowed(push.caller, repository, "receive-pack", null);
      const branch = branchOf(ref);
      if (branch === null) {
        storeRef(parts, push);
      } else if (isNoCommit(push.new)) {
        await removeBranch(parts, work, push, branch);
      } else {
        await fixDefaultBranch(push.caller, repository, [branch]);
        await deployBranch(parts, work, push, branch);
      }
    },
  };
}

/**
 * Who may push to some branch comes in to push, each ref being asked about on its own. Fetching shows all branches, so
 * it takes the right to look at the app of the default one.
 */
function mustBeAllowed(
  caller: Caller,
  repository: string,
  service: GitService,
  defaultBranch: string | null,
): void {
  if (!isRepositoryName(repository)) {
    throw badRepositoryName(repository);
  }
  const { name, rights } = caller;
  if (service === "receive-pack" && !mayPushTo(rights, toLabel(repository))) {
    throw notAllowed(name, `push to ${repository}`);
  }
  if (service === "upload-pack" && !mayRead(rights, defaultApp(repository, defaultBranch))) {
    throw notAllowed(name, `read ${repository}`);
  }
}

/** What the app of the default branch is called, or will be. */
function defaultApp(repository: string, defaultBranch: string | null): string[] {
  return [toLabel(repository), appId(repository, defaultBranch ?? "main")];
}

function pushedBranch(update: RefUpdate): string[] {
  const branch = branchOf(update.ref);
  return branch === null || isNoCommit(update.new) ? [] : [branch];
}

/** They are no app's, so they belong to whoever has the repository's main one. */
function storeRef(parts: Parts, { caller, repository, ref, new: commit, write }: Push): void {
  const names = defaultApp(repository, parts.store.apps.defaultBranch(repository));
  if (!mayDeploy(caller.rights, names)) {
    throw notAllowed(caller.name, `write ${ref} of ${repository}`);
  }
  const goes = isNoCommit(commit);
  if (!goes) {
    mustBeStorable(ref);
  }
  const what = goes ? "Removed" : "Stored";
  lineReport(write).step(`${what} ${ref}; only branches are deployed.`);
}

async function removeBranch(
  parts: Parts,
  work: PushWork,
  push: Push,
  branch: string,
): Promise<void> {
  mustMayDeploy(parts, push, branch, "remove");
  const app = parts.store.apps.find(appId(push.repository, branch));
  if (app === null || app.repository !== push.repository || app.branch !== branch) {
    lineReport(push.write).step(`Removed the branch ${branch}; it had no app.`);
    return;
  }
  if (branch === parts.store.apps.defaultBranch(push.repository)) {
    throw defaultBranchStays(app.name, branch);
  }
  await work.removeApp(parts, app, { force: false, pushedFrom: push.old }, requestOf(push));
  lineReport(push.write).step(`${app.name} is removed`);
}

async function deployBranch(
  parts: PushParts,
  work: PushWork,
  push: Push,
  branch: string,
): Promise<void> {
  const { repository, ref } = push;
  try {
    mustBeDeployable(repository, branch);
    mustMayDeploy(parts, push, branch, "deploy");
    const previous = isNoCommit(push.old) ? null : push.old;
    const conflict =
      previous === null ? await parts.repositories.conflictingRef(repository, ref) : null;
    if (conflict !== null) {
      throw branchInTheWay(branch, branchOf(conflict) ?? conflict);
    }
    const { name: by, rights } = push.caller;
    const byAdmin = rights.admin;
    const revision = {
      repository,
      branch,
      commit: push.new,
      previous,
      door: "push",
      by,
      byAdmin,
    } as const;
    await work.deploy(parts, revision, requestOf(push));
  } catch (error) {
    const app = parts.store.apps.find(appId(repository, branch));
    // One whose name is in the way is somebody else's.
    const isOwn = app?.repository === repository && app.branch === branch;
    throw app !== null && isOwn ? await withWhatServes(parts, app, error) : error;
  }
}

function mustMayDeploy(parts: Parts, push: Push, branch: string, verb: string): void {
  const { caller, repository } = push;
  const name = appName(repository, branch, parts.store.apps.defaultBranch(repository));
  if (!mayDeploy(caller.rights, [name, appId(repository, branch)])) {
    throw notAllowed(caller.name, `${verb} ${name}`);
  }
}

function requestOf({ caller, write, signal }: Push): Request {
  const { name: by, rights } = caller;
  return { by, byAdmin: rights.admin, report: lineReport(write), signal };
}
