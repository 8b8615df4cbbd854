/**
 * `before` the call, `during` it (sent, and no answer yet; the program runs), and `after`: its result is there, and
 * nobody has seen it.
 */
export type Phase = "before" | "during" | "after";

/** One moment at which Goku can be killed: the n-th call with this label since the plan was laid, and when. */
export interface Point {
  readonly label: string;
  readonly nth: number;
  readonly phase: Phase;
}

/** What the daemon is to do at its points: write them down, or die at one of them, or wait there. */
export type Plan = { readonly record: true } | { readonly at: Point; readonly how: "die" | "wait" };

/** Names in the folder that test and daemon share. */
export const planFile = "plan.json";
export const pointsFile = "points";
export const reachedFile = "reached";
export const goOnFile = "go-on";

/** Where that folder is. */
export const folderVariable = "FAULTS_FOLDER";
/** Goku's data, taken out of labels. */
export const dataVariable = "FAULTS_DATA";

export function samePoint(one: Point, other: Point): boolean {
  return one.label === other.label && one.nth === other.nth && one.phase === other.phase;
}

export function shown({ label, nth, phase }: Point): string {
  return `${phase} ${label}${nth === 1 ? "" : ` (${nth})`}`;
}

/**
 * Points between which something happens: what is `before` a call right after another's result is the same moment as
 * that. In the order in which they were passed.
 */
export function moments(points: readonly Point[]): Point[] {
  return points.filter(({ phase }, at) => phase !== "before" || points[at - 1]?.phase !== "after");
}

/** Evenly spread, the same ones every time as long as the story is the same. */
export function spread(points: readonly Point[], count: number): readonly Point[] {
  const taken = Math.min(count, points.length);
  const step = points.length / taken;
  return Array.from({ length: taken }, (_, at) => Math.floor((at + 0.5) * step)).flatMap(
    (at) => points[at] ?? [],
  );
}
