import type { App } from "../../app.ts";
import { badProject, beingRemoved } from "../../errors.ts";
import type { VarChange } from "../../ports.ts";
import type { Release } from "../../release.ts";
import { domainsOf } from "../plan/domains-of.ts";
import { withNewVolumes } from "../containers/image-volumes.ts";
import type { Parts, Request } from "../parts.ts";
import type { Turn } from "../queue.ts";
import { rollOut, type Rollout } from "./roll-out.ts";
import { isRunnable, mainScale, type Runnable } from "../plan/shape.ts";
import { readAgain } from "../services/read-again.ts";
import { assertAllowed } from "./policy.ts";
import { withWhatServes } from "./what-serves.ts";
import { type Story, tellStory } from "./story.ts";
import { readWishes } from "../plan/wishes.ts";

/** A new release made without a revision: whose images and project, with which vars, and why. */
export interface Again {
  readonly base: Runnable;
  readonly vars: Readonly<Record<string, string>>;
  readonly reason: string;
  /** What the release changes in the store of vars; null for nothing. */
  readonly change: VarChange | null;
  /** Services that get new containers although nothing about them changed. */
  readonly fresh?: ReadonlySet<string>;
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
  const job = { app: app.id, title, kind: "change" as const, report, signal };
  return parts.queue.run(job, async (turn) =>
    releaseInTurn(parts, app, await choose(liveRelease(parts, app)), turn, request),
  );
}

/** The same for a caller that has the app's turn already. */
export async function releaseInTurn(
  parts: Parts,
  app: App,
  again: Again,
  turn: Turn,
  request: Request,
): Promise<Release> {
  try {
    return await release(parts, app, again, turn, request);
  } catch (error) {
    throw await withWhatServes(parts, app, error, again.change);
  }
}

async function release(
  parts: Parts,
  app: App,
  { base, vars, reason, change, fresh = new Set() }: Again,
  turn: Turn,
  request: Request,
): Promise<Release> {
  const again = await readAgain(parts, app, base, vars, turn.signal);
  assertAllowed(parts, app, again.project, request, request.report);
  // Vars that cannot be followed are told of before anything is made.
  readWishes(vars, app.name);
  const domains = domainsOf(parts, app, again.project, vars);
  const opening = { app: app.id, commit: base.commit, door: base.door, by: request.by, reason };
  const tell = async (story: Story) => {
    const { image, project } = await again.make(story);
    const rollout: Rollout = {
      image,
      project,
      vars,
      domains,
      scale: mainScale(project, vars),
      check: async () => undefined,
      change,
      fresh,
    };
    await withNewVolumes(parts, app, project, story.report, () =>
      rollOut(parts, app, rollout, story),
    );
  };
  const made = await tellStory(parts, opening, turn, request, tell);
  request.report.step(`v${made.version} of ${app.id} is live: ${reason}`);
  return made;
}

/** The release that is live, or was when the app was stopped. @throws beingRemoved, badProject when there is none */
export function liveRelease(parts: Parts, app: App): Runnable {
  assertStays(parts, app);
  const live = parts.store.releases.live(app.id);
  if (live === null || !isRunnable(live)) {
    throw badProject(
      `${app.name} has no release yet.`,
      `See what became of its pushes (octo releases ${app.name}), and push again: git push goku ${app.branch}`,
    );
  }
  return live;
}

/** What else is done to an app whose removal goes on would be gone with it. @throws beingRemoved */
export function assertStays({ store }: Parts, app: App): void {
  if (store.apps.removals().has(app.id)) {
    throw beingRemoved(app.name, app.branch);
  }
}
