import { setMaxListeners } from "node:events";
import { cancelled, superseded } from "../errors.ts";
import { deferred, type Deferred } from "../system/deferred.ts";
import type { Report } from "./report.ts";

/**
 * - `revision`: brings one, and takes the place of older ones that have not reached `publish`
 * - `change`: what somebody asks for without a build
 * - `upkeep`: Goku's own, and nobody's to cancel; what takes long leaves its place to others
 * - `route`: the same where nothing is started, and many apps have their turns together
 *
 * Places of one kind are not those of another: nobody's `config:set` waits for the builds of other people.
 */
type Kind = "revision" | "change" | "upkeep" | "route";

/** One piece of work on one app. */
export interface Job {
  /** App id. */
  readonly app: string;
  /** For those who wait behind it: `the push of 1a2b3c4 by alice`. */
  readonly title: string;
  readonly kind: Kind;
  readonly report: Report;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A job's time with the app to itself. */
export interface Turn {
  /** Aborted by a newer revision, `deploys:cancel` or the end of the pusher's connection; never after `commit`. */
  readonly signal: AbortSignal;
  /** From here on the job is finished, whoever stops waiting. @throws the reason when it was cancelled before */
  commit(): void;
}

/** One job at a time per app, and a bounded number of each kind across apps. What people ask for comes before Goku's own. */
export interface Queue {
  run<T>(job: Job, work: (turn: Turn) => Promise<T>): Promise<T>;
  /** Cancels what runs or waits for the app and has not reached `publish`. True when there was something. */
  cancel(app: string, why: string): boolean;
  /** True while a job of the app runs or waits. */
  busy(app: string): boolean;
  /** Resolves when no job of the app runs or waits. */
  idle(app: string): Promise<void>;
  /** Cancels what can be cancelled and resolves when the rest is done; new jobs are refused. */
  close(): Promise<void>;
  /** True from `close` on: what is cancelled then, nobody meant. */
  closed(): boolean;
}

interface Entry {
  readonly job: Job;
  readonly controller: AbortController;
  readonly turn: Deferred<void>;
  readonly ended: Deferred<void>;
  state: "waiting" | "running" | "committed";
  hasPlace: boolean;
}

/** After a reboot all apps are repaired at once. */
const upkeepPlaces = 4;
/** Most upkeep is done long before; what hangs keeps its place from other apps for no longer, and comes last the next time. */
const upkeepPlaceMs = 2_000;
const ofPeople: ReadonlySet<Kind> = new Set(["revision", "change"]);
const ofGoku: ReadonlySet<Kind> = new Set(["upkeep", "route"]);

function hasBegun({ state }: Entry): boolean {
  return state !== "waiting";
}

export function createQueue(limit: number): Queue {
  let entries: readonly Entry[] = [];
  let closed: Deferred<void> | null = null;
  /** Apps whose upkeep took long, and that had no turn since which ended in its place: an app's removal takes it off as well. */
  const slow = new Set<string>();

  const refuseWhenClosed = () => {
    if (closed !== null) {
      throw cancelled("Goku is stopping");
    }
  };

  const places: Readonly<Record<Kind, number>> = {
    revision: limit,
    change: limit,
    upkeep: upkeepPlaces,
    route: Number.POSITIVE_INFINITY,
  };

  const placesLeft = (kind: Kind) => {
    const rivals = entries.filter(({ job, hasPlace }) => hasPlace && job.kind === kind);
    return places[kind] - rivals.length;
  };

  /** Those of these kinds whose turn it is, in one pass: after a reboot every app may wait for its repair. */
  const startFirst = (kinds: ReadonlySet<Kind>) => {
    const free = new Map([...kinds].map((kind) => [kind, placesLeft(kind)]));
    const taken = new Set(entries.filter(hasBegun).map(({ job }) => job.app));
    const waiting = entries.filter((entry) => !hasBegun(entry) && kinds.has(entry.job.kind));
    const comesLast = ({ job }: Entry) => job.kind === "upkeep" && slow.has(job.app);
    const inOrder = [...waiting.filter((each) => !comesLast(each)), ...waiting.filter(comesLast)];
    for (const entry of inOrder) {
      const { app, kind } = entry.job;
      const left = free.get(kind) ?? 0;
      if (left > 0 && !taken.has(app)) {
        free.set(kind, left - 1);
        entry.state = "running";
        entry.hasPlace = true;
        entry.turn.resolve();
      }
      taken.add(app);
    }
  };

  /** What people ask for waits for no upkeep that has not begun, and no repair for a push that has no place yet. */
  const startNext = () => {
    startFirst(ofPeople);
    startFirst(ofGoku);
  };

  const stop = (entry: Entry, reason: Error) => {
    if (entry.state !== "committed") {
      entry.controller.abort(reason);
      entry.turn.reject(reason);
    }
  };

  const tellPlace = (entry: Entry) => {
    const ahead = entries.slice(0, entries.indexOf(entry));
    const rivals = ahead.filter(({ job }) => job.kind === entry.job.kind).length;
    const sameApp = ahead.findLast(
      (other) =>
        other.job.app === entry.job.app && (hasBegun(other) || ofPeople.has(other.job.kind)),
    );
    entry.job.report.detail(
      sameApp === undefined
        ? `Waiting for a free place: number ${rivals - limit + 1} in the queue`
        : `Waiting for ${sameApp.job.title}`,
    );
  };

  return {
    async run(job, work) {
      refuseWhenClosed();
      if (job.kind === "revision") {
        entries
          .filter((other) => other.job.app === job.app && other.job.kind === "revision")
          .forEach((other) => stop(other, superseded(job.title)));
      }
      const entry: Entry = {
        job,
        controller: new AbortController(),
        turn: deferred<void>(),
        ended: deferred<void>(),
        state: "waiting",
        hasPlace: false,
      };
      let placeTimer: NodeJS.Timeout | undefined;
      const onGone = () => stop(entry, cancelled("the connection that asked for it was lost"));
      entries = [...entries, entry];
      // Many jobs may share a signal, and all services of a project a turn's: Node takes more than ten listeners for a leak.
      setMaxListeners(0, job.signal, entry.controller.signal);
      job.signal.addEventListener("abort", onGone, { once: true });
      try {
        if (job.signal.aborted) {
          onGone();
        }
        startNext();
        if (entry.state === "waiting" && !entry.controller.signal.aborted) {
          tellPlace(entry);
        }
        await entry.turn.promise;
        if (job.kind === "upkeep") {
          placeTimer = setTimeout(() => {
            entry.hasPlace = false;
            slow.add(job.app);
            startNext();
          }, upkeepPlaceMs);
        }
        return await work({
          signal: entry.controller.signal,
          commit: () => {
            entry.controller.signal.throwIfAborted();
            entry.state = "committed";
          },
        });
      } finally {
        clearTimeout(placeTimer);
        if (entry.hasPlace) {
          slow.delete(job.app);
        }
        job.signal.removeEventListener("abort", onGone);
        entries = entries.filter((other) => other !== entry);
        entry.ended.resolve();
        startNext();
        if (entries.length === 0) {
          closed?.resolve();
        }
      }
    },

    cancel(app, why) {
      const found = entries.filter(
        (entry) =>
          entry.job.app === app && entry.state !== "committed" && !ofGoku.has(entry.job.kind),
      );
      found.forEach((entry) => stop(entry, cancelled(why)));
      return found.length > 0;
    },

    busy: (app) => entries.some((entry) => entry.job.app === app),

    async idle(app) {
      let ofApp = entries.filter((entry) => entry.job.app === app);
      while (ofApp.length > 0) {
        await Promise.all(ofApp.map(({ ended }) => ended.promise));
        ofApp = entries.filter((entry) => entry.job.app === app);
      }
    },

    async close() {
      closed ??= deferred<void>();
      entries.forEach((entry) => stop(entry, cancelled("Goku is stopping")));
      if (entries.length > 0) {
        await closed.promise;
      }
    },

    closed: () => closed !== null,
  };
}
