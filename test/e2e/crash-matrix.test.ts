import { describe, expect, it } from "vitest";
import { type Blow, consulKilled, gokuKilled, otherBlows } from "../support/faults/blows.ts";
import { strikeThrough } from "../support/faults/matrix.ts";
import type { Point } from "../support/faults/point.ts";
import { type Story, stories } from "../support/faults/stories.ts";

/** `MATRIX=full` takes every moment, `MATRIX=30` thirty of each story; otherwise a few stand for all of them. */
const wanted = process.env["MATRIX"];
const isFull = wanted !== undefined;
const perStory = wanted === "full" ? Number.POSITIVE_INFINITY : Number(wanted ?? 3);
/** Of what else may go down, in the full matrix. */
const otherPerStory = 8;
const fullTimeoutMs = 90 * 60_000;
const sampleTimeoutMs = 180_000;
/** What goes on in the background does not pass all its points every time. */
const mostMissed = 0.05;

/** Evenly spread, the same ones every time as long as the story is the same. */
function spread(points: readonly Point[], count: number): readonly Point[] {
  const taken = Math.min(count, points.length);
  const step = points.length / taken;
  return Array.from({ length: taken }, (_, at) => Math.floor((at + 0.5) * step)).flatMap(
    (at) => points[at] ?? [],
  );
}

async function expectWhole(
  story: Story,
  blow: Blow,
  choose: (points: readonly Point[]) => readonly Point[],
): Promise<void> {
  const began = performance.now();
  const outcome = await strikeThrough(story, blow, choose);
  const { points, moments, killed, missed, failures, slowestMs } = outcome;
  const tried = killed + missed.length + failures.length;
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${story.name}: ${points} points, ${moments} moments; ${blow.name} killed at ` +
      `${killed + failures.length} of ${tried}, ${missed.length} not reached, ` +
      `${failures.length} failed, whole within ${(slowestMs / 1000).toFixed(1)} s, ` +
      `${(seconds / tried).toFixed(1)} s each` +
      missed.map((each) => `\n  not reached: ${each}`).join(""),
  );
  expect(failures).toEqual([]);
  expect(killed).toBeGreaterThan(0);
  expect(missed.length).toBeLessThanOrEqual(isFull ? Math.ceil(tried * mostMissed) : tried - 1);
}

interface Case {
  readonly blow: Blow;
  readonly story: Story;
  /** Moments of the story, spread over it. */
  readonly count: number;
}

const all = Object.values<Story>(stories);
const withGoku = all.map((story): Case => ({ blow: gokuKilled, story, count: perStory }));
const withOthers = otherBlows.flatMap((blow) =>
  all
    .filter(({ atStart }) => atStart === undefined)
    .map((story): Case => ({ blow, story, count: otherPerStory })),
);
const withConsul = { blow: consulKilled, story: stories.configInConsul, count: otherPerStory };
const cases = isFull ? [...withGoku, ...withOthers, withConsul] : withGoku;

describe("whole within ten seconds, and the next push works, after", () => {
  it.each(cases.map((each) => [each.blow.name, each.story.name, each] as const))(
    "%s was killed in the middle of %s",
    (_blow, _story, { blow, story, count }) =>
      expectWhole(story, blow, (points) => spread(points, Math.min(perStory, count))),
    isFull ? fullTimeoutMs : sampleTimeoutMs,
  );
});
