import type { App } from "../../app.ts";
import { badProject } from "../../errors.ts";
import type { VarChange } from "../../ports.ts";
import type { Release } from "../../release.ts";
import { domainsOf } from "../plan/domains-of.ts";
import type { Parts, Request } from "../parts.ts";
import type { Turn } from "../queue.ts";
import { rollOut } from "./roll-out.ts";
import { isRunnable, type Runnable } from "../plan/shape.ts";
import { tellStory } from "./story.ts";
import { readWishes } from "../plan/wishes.ts";

/** A new release made without a build: whose image and project, with which vars, and why. */
export interface Again {
  readonly base: Runnable;
  readonly vars: Readonly<Record<string, string>>;
  readonly reason: string;
  /** What the release changes in the store of vars; null for nothing. */
  readonly change: VarChange | null;
}

/**
 * Makes a release out of one that was live, by the same swap as a push. Config changes, rollbacks, scaling and
 * restarts are all this. `choose` is called in the app's turn.
 * @throws badProject when the app has no release yet
 */
export async function releaseAgain(
  parts: Parts,
  app: App,
  title: string,
  request: Request,
  choose: (live: Runnable) => Promise<Again>,
): Promise<Release> {
  const { report, signal } = request;
  const job = { app: app.id, title, supersedes: false, report, signal };
  return parts.queue.run(job, async (turn) =>
    releaseInTurn(parts, app, await choose(liveRelease(parts, app)), turn, request),
  );
}

/** The same for a caller that has the app's turn already. */
export async function releaseInTurn(
  parts: Parts,
  app: App,
  { base, vars, reason, change }: Again,
  turn: Turn,
  request: Request,
): Promise<Release> {
  const wishes = readWishes(vars);
  const domains = domainsOf(parts, app, base.project, wishes);
  const opening = { app: app.id, commit: base.commit, door: base.door, by: request.by, reason };
  const release = await tellStory(parts, opening, turn, request, (story) => {
    const rollout = {
      image: base.image,
      project: base.project,
      vars,
      domains,
      scale: wishes.scale,
      check: async () => undefined,
      change,
    };
    return rollOut(parts, app, rollout, story);
  });
  request.report.step(`v${release.version} of ${app.id} is live: ${reason}`);
  return release;
}

/** The release that is live, or was when the app was stopped. */
export function liveRelease(parts: Parts, app: App): Runnable {
  const live = parts.store.releases.live(app.id);
  if (live === null || !isRunnable(live)) {
    throw badProject(
      `${app.name} has no release yet.`,
      `Push it first: git push goku ${app.branch}`,
    );
  }
  return live;
}
