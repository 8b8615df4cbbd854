import { asideRef, branchRef, noCommit } from "../revision.ts";
import { eachAtOnce } from "../system/each.ts";
import type { PushParts } from "./push-handler.ts";

const repositoriesAtOnce = 16;

/**
 * A branch stands where its app went live. Where nobody knows of that any more, since an older database was put back,
 * git would tell who pushes it again that everything is up to date, and there would be no app for good: such branches are
 * set aside, under `refs/goku/aside/`, since theirs may be the only copy. Before any door opens, after refs have moved.
 */
export async function setAsideBranches(
  parts: Pick<PushParts, "log" | "repositories" | "store">,
): Promise<void> {
  const { apps, releases } = parts.store;
  const leaving = apps.removals();
  const known = apps.all().filter(({ id }) => leaving.has(id) || releases.live(id) !== null);
  const ofKnown = new Set(known.map((app) => place(app.repository, branchRef(app.branch))));
  await eachAtOnce(await parts.repositories.list(), repositoriesAtOnce, async (repository) => {
    try {
      for (const ref of await parts.repositories.branches(repository)) {
        if (!ofKnown.has(place(repository, ref))) {
          await setAside(parts, repository, ref);
        }
      }
    } catch (error) {
      // One repository that is damaged must not keep all of Goku from starting.
      parts.log.error({ err: error, repository }, "could not look after the branches");
    }
  });
}

async function setAside(
  { log, repositories }: Pick<PushParts, "log" | "repositories">,
  repository: string,
  ref: string,
): Promise<void> {
  const commit = await repositories.tip(repository, ref);
  if (commit === null) {
    return;
  }
  const aside = asideRef(commit);
  await repositories.moveRef(repository, aside, commit, null);
  await repositories.moveRef(repository, ref, noCommit(commit), commit);
  log.warn({ repository, ref, aside }, "set aside a branch that no app is known to run");
}

function place(repository: string, ref: string): string {
  return `${repository} ${ref}`;
}
