import type { Ended } from "../exec.ts";
import type { Blow } from "./blows.ts";
import { moments, type Point, shown, spread } from "./point.ts";
import { liveRelease } from "./records.ts";
import { whatIsWrong } from "./soundness.ts";
import { settled, sound, type Stage, stageFor, tearDown } from "./stage.ts";
import type { Story } from "./story.ts";
import { subjectOf, type World } from "./world.ts";

/** What became of a story that was killed at one point after the other. */
export interface Outcome {
  /** All that the story has. */
  readonly points: number;
  /** Points between which something happens. */
  readonly moments: number;
  readonly killed: number;
  /** Points that were not passed this time: what goes on in the background does not always. */
  readonly missed: readonly string[];
  /** Points after which something was wrong, and what. */
  readonly failures: readonly string[];
  /** The longest time from a start to a state with nothing wrong. */
  readonly slowestMs: number;
}

/** After this long with nothing left to do, a point is not passed any more. */
const calmMs = 1_000;
/** Moments that are tried in place of one that was not passed. */
const mostStandIns = 3;

/** Lets the blow fall at `count` moments of a story, spread over it. For one that is not passed this time, a later one stands in. */
export async function strikeThrough(story: Story, blow: Blow, count: number): Promise<Outcome> {
  let stage = await stageFor(story);
  const missed: string[] = [];
  const failures: string[] = [];
  let [killed, slowestMs] = [0, 0];

  /** @returns false where it was not passed */
  const strike = async (point: Point): Promise<boolean> => {
    try {
      const soundMs = await strikeOnce(story, stage, point, blow);
      if (soundMs === null) {
        missed.push(shown(point));
        return false;
      }
      killed += 1;
      slowestMs = Math.max(slowestMs, soundMs);
    } catch (error) {
      failures.push(`${shown(point)}: ${error instanceof Error ? error.message : ""}`);
      console.log(`${story.name}: ${failures.at(-1)}`);
      await tearDown();
      stage = await stageFor(story);
    }
    return true;
  };

  const points = await recordPoints(story, stage.world).catch(async (error: unknown) => {
    await tearDown();
    throw error;
  });
  const all = moments(points);
  const untried = new Set(all);
  for (const chosen of spread(all, count)) {
    const standIns = all.slice(all.indexOf(chosen)).filter((point) => untried.has(point));
    for (const point of standIns.slice(0, 1 + mostStandIns)) {
      untried.delete(point);
      if (await strike(point)) {
        break;
      }
    }
  }
  return { points: points.length, moments: all.length, killed, missed, failures, slowestMs };
}

async function recordPoints(story: Story, world: World): Promise<readonly Point[]> {
  await prepare(story, world);
  await calm(world);
  let said: Ended | null = null;
  if (story.atStart !== undefined) {
    said = await dieOnTheWay(story, world);
  }
  const points = await world.faults.record(async () => {
    if (story.atStart === undefined) {
      said = await (story.fails === true ? story.act(world) : world.host.must(story.act(world)));
    } else {
      await world.faults.serve();
    }
    await settled(world);
    // Some of what is done in the background leaves no trace.
    await new Promise((done) => setTimeout(done, calmMs / 2));
  });
  await mustBeTrue(story, world, said);
  await story.next(world);
  return points;
}

/** Waits for what goes on in the background of what was done before: it is no part of the story. */
async function calm({ faults }: World): Promise<void> {
  const pause = () => new Promise<void>((done) => setTimeout(done, calmMs));
  while ((await faults.record(pause)).length > 0) {
    // Once more.
  }
}

async function prepare(story: Story, world: World): Promise<void> {
  if (story.newApps !== undefined) {
    world.subject = subjectOf(`app${++apps}`, story.newApps);
  }
  const live = liveRelease(world);
  world.pages = new Set([world.contents.get(live?.commit ?? "")?.page ?? ""]);
  await story.prepare(world);
  await settled(world);
  world.before = liveRelease(world)?.version ?? 0;
}

let apps = 0;

/** @returns milliseconds until nothing was wrong any more, null where the point was not passed; throws what was wrong */
async function strikeOnce(
  story: Story,
  { world, watch, limitMs }: Stage,
  point: Point,
  blow: Blow,
): Promise<number | null> {
  const { faults } = world;
  await prepare(story, world);
  const before = story.atStart === undefined ? null : await dieOnTheWay(story, world);
  const dies = blow.goku === "dies";
  watch.wrong("expected").forEach(fail);
  await faults.arm(point, dies ? "die" : "wait");
  const acting = story.atStart === undefined ? story.act(world) : starts(world);
  const isReached = await reaches(world, acting);
  if (isReached) {
    await blow.strike(world);
  }
  await faults.disarm();
  const ended = await acting;
  const said = before ?? ended;
  if (!isReached) {
    await settled(world);
    await mustBeTrue(story, world, said);
    await story.next(world);
    return null;
  }
  watch.wrong(blow.silence).forEach(fail);
  await blow.mend(world);
  const began = performance.now();
  if (dies) {
    await startAgain(world);
  }
  await sound(world, limitMs, began);
  const soundMs = performance.now() - began;
  watch.wrong(blow.silence).forEach(fail);
  await mustBeTrue(story, world, said);
  await story.next(world);
  await settled(world);
  watch.wrong("counts").forEach(fail);
  return soundMs;
}

/** Whoever was told that it is done has what was asked for. */
async function mustBeTrue(story: Story, world: World, said: Ended | null): Promise<void> {
  if (said?.status === 0 && !(await story.asked(world))) {
    const live = liveRelease(world);
    fail(
      `${story.name} ended with status 0 and is undone; live is ${JSON.stringify(live)}, ` +
        `wanted ${world.wanted}:\n${said.stdout}${said.stderr}`,
    );
  }
}

async function startAgain({ host, faults }: World): Promise<void> {
  await host.end("SIGKILL");
  await faults.serve();
}

function fail(reason: string): never {
  throw new Error(reason);
}

/** Waits until the daemon has come to the point, or the story is over and nothing goes on any more. */
async function reaches(world: World, acting: Promise<Ended>): Promise<boolean> {
  let over = false;
  const ended = acting.finally(() => {
    over = true;
  });
  // Whoever waits for it is told, too.
  ended.catch(() => undefined);
  let [calmSince, isCalm] = [0, false];
  while (!(await world.faults.isThere())) {
    const wasCalm = isCalm;
    isCalm = over && (await whatIsWrong(world, false)).length === 0;
    calmSince = wasCalm ? calmSince : performance.now();
    if (isCalm && performance.now() - calmSince > calmMs) {
      await world.faults.disarm();
      // It may have got there at the very last.
      return world.faults.isThere();
    }
    await new Promise((done) => setTimeout(done, 10));
  }
  return true;
}

/** A start that may be cut short. */
async function starts({ faults }: World): Promise<Ended> {
  const status = await faults.serve().then(
    () => 0,
    () => 1,
  );
  return { status, stdout: "", stderr: "" };
}

/**
 * Leaves a daemon that was killed in the middle of the story.
 * @returns what was said to who told it
 */
async function dieOnTheWay(story: Story, world: World): Promise<Ended> {
  await story.atStart?.(world);
  const acting = story.act(world);
  if (!(await reaches(world, acting))) {
    throw new Error("the daemon did not die before its start");
  }
  const said = await acting;
  await world.faults.disarm();
  await world.host.end("SIGKILL");
  return said;
}
