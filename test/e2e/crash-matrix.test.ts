import { afterAll, describe, expect, it } from "vitest";
import { type Blow, consulKilled, gokuKilled, otherBlows } from "../support/faults/blows.ts";
import { strikeThrough } from "../support/faults/matrix.ts";
import { tearDown } from "../support/faults/stage.ts";
import { stories } from "../support/faults/stories.ts";
import type { Story } from "../support/faults/story.ts";

/** `MATRIX=full` takes every moment, `MATRIX=30` thirty of each story; otherwise a few stand for all of them, each story's `sampled`. */
const wanted = process.env["MATRIX"];
const isFull = wanted !== undefined;
const ofEach = wanted === "full" ? Number.POSITIVE_INFINITY : Number(wanted);
/** Of what else may go down, in the full matrix. */
const otherPerStory = 8;
const fullTimeoutMs = 90 * 60_000;
const sampleTimeoutMs = 600_000;
/** What goes on in the background does not pass all its points every time. */
const mostMissed = 0.05;

async function expectWhole({ story, blow, count }: Case): Promise<void> {
  const began = performance.now();
  const outcome = await strikeThrough(story, blow, count);
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
  expect(killed).toBe(Math.min(count, moments - missed.length));
  expect(missed.length).toBeLessThanOrEqual(Math.ceil(moments * mostMissed));
}

interface Case {
  readonly blow: Blow;
  readonly story: Story;
  /** Moments of the story, spread over it. */
  readonly count: number;
}

const all = Object.values<Story>(stories);
const countOf = ({ sampled }: Story) => (isFull ? ofEach : sampled);
const withGoku = all
  .map((story): Case => ({ blow: gokuKilled, story, count: countOf(story) }))
  .filter(({ count }) => count > 0);
const withOthers = otherBlows.flatMap((blow) =>
  all
    .filter(({ atStart }) => atStart === undefined)
    .map((story): Case => ({ blow, story, count: Math.min(ofEach, otherPerStory) })),
);
const withConsul = {
  blow: consulKilled,
  story: stories.configInConsul,
  count: Math.min(ofEach, otherPerStory),
};
const cases = isFull ? [...withGoku, ...withOthers, withConsul] : withGoku;

afterAll(tearDown);

describe("whole within ten seconds, and the next push works, after", () => {
  it.each(cases.map((each) => [each.blow.name, each.story.name, each] as const))(
    "%s was killed in the middle of %s",
    (_blow, _story, each) => expectWhole(each),
    isFull ? fullTimeoutMs : sampleTimeoutMs,
  );
});
