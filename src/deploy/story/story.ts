import { isGokuError, messageOf } from "../../errors.ts";
import { foreseen } from "../../foreseen.ts";
import type { NewRelease } from "../../store-ports.ts";
import type { Release, ReleaseStatus, StepName, StepTime } from "../../release.ts";
import type { Parts, Request } from "../parts.ts";
import type { Turn } from "../queue.ts";
import type { Report } from "../report.ts";
import { prune } from "./prune.ts";

/** One release on its way: its steps are timed and recorded, and so is how it ends. */
export interface Story extends Turn {
  readonly app: string;
  readonly version: number;
  /** Of the release, ISO 8601. */
  readonly createdAt: string;
  readonly report: Report;
  step<T>(name: StepName, work: () => Promise<T> | T): Promise<T>;
}

/**
 * Opens a release, lets `tell` bring it live, and records the truth if that fails.
 * @returns the release as it was recorded
 */
export async function tellStory(
  parts: Parts,
  opening: NewRelease,
  turn: Turn,
  request: Request,
  tell: (story: Story) => Promise<void>,
): Promise<Release> {
  const { releases, events } = parts.store;
  const { app, version, createdAt } = releases.create(opening);
  const story: Story = {
    app,
    version,
    createdAt,
    report: request.report,
    signal: turn.signal,
    commit: () => turn.commit(),
    async step(name, work) {
      const began = performance.now();
      try {
        return await work();
      } finally {
        note(parts, app, version, { name, ms: Math.round(performance.now() - began) });
      }
    },
  };
  try {
    await tell(story);
  } catch (thrown) {
    const error = whyItEnded(thrown, turn.signal);
    const failure = foreseen(error)?.message ?? "Something went wrong inside Goku.";
    releases.update(app, version, { status: endedAs(error), failure });
    events.add({ app, who: request.by, what: "failed", detail: `v${version}: ${failure}` });
    parts.log.info({ app, version, reason: messageOf(error) }, "release did not go live");
    pruneLater(parts, app);
    throw error;
  }
  const release = releases.find(app, version);
  if (release === null) {
    throw new Error(`release v${version} of ${app} vanished while it was made`);
  }
  events.add({ app, who: request.by, what: "live", detail: `v${version}: ${release.reason}` });
  parts.log.info({ app, version, reason: release.reason }, "release is live");
  return release;
}

/** What only tells how long a step took is never why a release does not go live. */
function note({ log, store }: Parts, app: string, version: number, step: StepTime): void {
  try {
    store.releases.addStep(app, version, step);
  } catch (error) {
    log.warn({ err: error, app, version }, `could not note the step ${step.name}`);
  }
}

/** An app that never goes live would otherwise fill the disk with its images. */
function pruneLater(parts: Parts, id: string): void {
  const app = parts.store.apps.find(id);
  if (app !== null) {
    parts.background.start(`clearing up after what of ${id} did not go live`, (signal) =>
      prune(parts, app, signal),
    );
  }
}

/** A step that is aborted may end with any error; why it was aborted is what happened. */
function whyItEnded(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted && !isGokuError(error) ? signal.reason : error;
}

function endedAs(error: unknown): Extract<ReleaseStatus, "failed" | "superseded" | "cancelled"> {
  if (isGokuError(error) && (error.code === "superseded" || error.code === "cancelled")) {
    return error.code;
  }
  return "failed";
}
