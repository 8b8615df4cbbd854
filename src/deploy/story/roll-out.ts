import { setMaxListeners } from "node:events";
import type { App } from "../../app.ts";
import type { PreparedRoute, VarChange } from "../../ports.ts";
import type { Release } from "../../release.ts";
import { allEnded } from "../../system/all-ended.ts";
import { startContainers } from "../containers/start-containers.ts";
import type { Parts } from "../parts.ts";
import { assertDomainsFree } from "../plan/domains-of.ts";
import { registerServices } from "./register.ts";
import { hasHttp, isCompose, isRunnable, type Runnable } from "../plan/shape.ts";
import { inverse } from "../plan/var-change.ts";
import { lostAddress } from "../plan/without-http.ts";
import { startServices } from "../services/start-services.ts";
import type { Candidate } from "./candidate.ts";
import { createRoutePreparation } from "./prepare-route.ts";
import { putVarsBack } from "./put-vars-back.ts";
import { prune } from "./prune.ts";
import { retireContainers } from "./retire.ts";
import type { Story } from "./story.ts";

/** What a release consists of, before it has a version running. */
export type Rollout = Pick<Release, "image" | "vars" | "domains" | "scale"> & {
  readonly project: NonNullable<Release["project"]>;
  /** Called when the candidate is proven, right before the point of no return. @throws what stands in the way */
  readonly check: () => Promise<void>;
  /** What the release changes in the store of vars, written right before traffic moves; null for nothing. */
  readonly change: VarChange | null;
  /** Services that get new containers although nothing about them changed; for a Dockerfile's app all are new always. */
  readonly fresh: ReadonlySet<string>;
};

/** From images to serving: the second half of the story, the same for pushes, config changes, rollbacks and scaling. */
export async function rollOut(
  parts: Parts,
  app: App,
  rollout: Rollout,
  story: Story,
): Promise<void> {
  const release = open(parts, app, story, rollout);
  const lost = lostAddress(parts, app, release);
  if (lost !== null) {
    story.report.warn(lost);
  }
  const prepareRoute = createRoutePreparation(parts, app, release);
  const refused = new AbortController();
  const starting = { ...story, signal: AbortSignal.any([story.signal, refused.signal]) };
  setMaxListeners(0, starting.signal);
  const candidate = isCompose(release)
    ? await startServices(parts, app, release, rollout.fresh, starting)
    : await startContainers(parts, app, release, starting, prepareRoute.ahead);
  try {
    const preparing = prepareRoute.for(candidate.replicas).catch((error: unknown) => {
      refused.abort(error);
      throw error;
    });
    const proving = story.step("awaitHealthy", () => candidate.awaitHealthy());
    // Whatever fails: who is proven takes the old one's name, and that is not to come after the names were given back.
    await allEnded([preparing, proving]);
    const route = await preparing;
    story.report.detail("Healthy");
    story.commit();
    await story.step("publish", () => publish(parts, app, release, candidate, route, rollout));
  } catch (error) {
    await candidate.remove();
    throw error;
  }
  await story.step("record", () => recordOrUndo(parts, app, release));
  parts.background.start(
    `retiring what v${release.version} of ${app.id} replaced`,
    async (signal) => {
      await Promise.all([
        candidate.retireOthers(signal),
        isCompose(release) ? retireContainers(parts, release, signal) : undefined,
      ]);
      await prune(parts, app, signal);
    },
  );
}

/** Of two apps that want one domain at once, the first to come here has it. */
function open(parts: Parts, app: App, story: Story, rollout: Rollout): Runnable {
  const { image, project, vars, scale } = rollout;
  assertDomainsFree(parts, app, rollout.domains);
  const domains = hasHttp({ project, vars }) ? rollout.domains : [];
  parts.store.releases.update(story.app, story.version, { image, project, vars, domains, scale });
  const release = parts.store.releases.find(story.app, story.version);
  if (release === null || !isRunnable(release)) {
    throw new Error(`release v${story.version} of ${story.app} cannot be run`);
  }
  return release;
}

/** The one step that moves traffic. When it throws, the previous routes are back. */
async function publish(
  parts: Parts,
  app: App,
  release: Runnable,
  candidate: Candidate,
  route: PreparedRoute | null,
  rollout: Rollout,
): Promise<void> {
  await rollout.check();
  if (rollout.change !== null) {
    // Before anything is taken down: their store may be away.
    await parts.vars.read(app.name);
  }
  await candidate.takeOver();
  let kept = Promise.resolve();
  const keep = () => {
    kept = candidate.keep();
  };
  try {
    await beginPublishing(parts, app, release, rollout.change);
    if (route === null) {
      await parts.router.remove(release.app);
      keep();
    } else {
      // As soon as it serves, while the old workers are still leaving.
      await parts.router.publish([route], keep);
    }
  } catch (error) {
    await putVarsBack(parts, app, release.version);
    throw error;
  }
  await Promise.all([kept, registerServices(parts, app, release, candidate.replicas)]);
}

/**
 * The point of no return, and the vars. What takes them back is noted ahead, for a Goku that is killed with the vars changed
 * and the release not live.
 */
async function beginPublishing(
  { store, vars }: Parts,
  app: App,
  { version }: Release,
  change: VarChange | null,
): Promise<void> {
  const { releases } = store;
  if (change === null) {
    releases.update(app.id, version, { status: "publishing" });
    return;
  }
  await vars.change(app.name, (before) => {
    releases.setUndo(app.id, version, inverse(change, before));
    releases.update(app.id, version, { status: "publishing" });
    return change;
  });
}

async function recordOrUndo(parts: Parts, app: App, release: Runnable): Promise<void> {
  try {
    parts.store.releases.goLive(app.id, release.version);
  } catch (error) {
    // The next look at all apps leads traffic back to what is called live, whose vars these are not.
    await putVarsBack(parts, app, release.version);
    throw error;
  }
}
