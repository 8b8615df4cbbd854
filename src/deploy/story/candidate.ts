import type { Addressed } from "../plan/shape.ts";

/** Containers started for a release that take no traffic yet. */
export interface Candidate {
  /** Those that will take traffic. */
  readonly replicas: readonly Addressed[];
  /** @throws unhealthy with what was seen instead */
  awaitHealthy(): Promise<void>;
  /** What cannot run beside its predecessor takes its place: the last thing before traffic moves. */
  takeOver(): Promise<void>;
  /** From now on Docker starts it again when it dies. Where that cannot be said, reconcile looks after it alone. */
  keep(): Promise<void>;
  /** Takes it away, and brings back what had to make room for it. Never replaces the error it is called for. */
  remove(): Promise<void>;
  /** Once it is live: takes away what it replaced, in the background. */
  retireOthers(signal: AbortSignal): Promise<void>;
}
