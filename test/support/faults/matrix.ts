import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startConsul, type TestConsul } from "../consul.ts";
import type { Ended } from "../exec.ts";
import { untilNothingIsWrong } from "../nothing-wrong.ts";
import { rowsOf } from "../remains.ts";
import { page } from "../sample-apps.ts";
import { startSocketProxy } from "../socket-proxy.ts";
import { TestHost } from "../test-host.ts";
import type { Blow } from "./blows.ts";
import { faultsOf } from "./faults.ts";
import { moments, type Point, shown } from "./point.ts";
import { whatIsWrong } from "./soundness.ts";
import type { Story } from "./stories.ts";
import { type PageWatch, watchPages } from "./watch-pages.ts";
import { bystander, bystanderPage, type World } from "./world.ts";

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

/** From the restart on. */
const soundWithinMs = 10_000;
/** Of a restart on a machine with nothing else to do; one that is slower has the limit stretched as much. */
const usualRestartMs = 1_500;
const settleMs = 120_000;
/** After this long with nothing left to do, a point is not passed any more. */
const calmMs = 1_000;

interface Stage {
  readonly world: World;
  readonly watch: PageWatch;
  /** Folder of the socket that leads to Docker. */
  readonly way: string;
}

/** Lets the blow fall at those moments of a story that `choose` takes. */
export async function strikeThrough(
  story: Story,
  blow: Blow,
  choose: (moments: readonly Point[]) => readonly Point[],
): Promise<Outcome> {
  let stage = await raise(story);
  const missed: string[] = [];
  const failures: string[] = [];
  let [killed, slowestMs, points]: [number, number, readonly Point[]] = [0, 0, []];
  try {
    points = await recordPoints(story, stage.world);
    for (const point of choose(moments(points))) {
      try {
        const soundMs = await strikeOnce(story, stage, point, blow);
        if (soundMs === null) {
          missed.push(shown(point));
        } else {
          killed += 1;
          slowestMs = Math.max(slowestMs, soundMs);
        }
      } catch (error) {
        failures.push(`${shown(point)}: ${error instanceof Error ? error.message : ""}`);
        console.log(`${story.name}: ${failures.at(-1)}`);
        await tearDown(stage);
        stage = await raise(story);
      }
    }
  } finally {
    await tearDown(stage);
  }
  return {
    points: points.length,
    moments: moments(points).length,
    killed,
    missed,
    failures,
    slowestMs,
  };
}

async function raise(story: Story): Promise<Stage> {
  const consul = story.consul === true ? await startConsul({ durable: true }) : null;
  const way = await mkdtemp(join(tmpdir(), "goku-way-"));
  const socket = join(way, "docker.sock");
  const docker = await startSocketProxy(socket, "/var/run/docker.sock");
  const env = { GOKU_DOCKER: `unix://${socket}` };
  const host = await TestHost.start({
    env: consul === null ? env : { ...env, GOKU_CONSUL: consul.address },
  });
  const faults = await faultsOf(host);
  const world: World = {
    host,
    faults,
    docker,
    consul,
    app: "blog",
    contents: new Map(),
    mayBeAbsent: story.newApps === true,
    storedVars: () => (consul === null ? embedded(world) : inConsul(world, consul)),
  };
  await host.must(host.push(bystander, page(bystanderPage)));
  await story.begin(world);
  await sound(world, settleMs);
  return { world, watch: watchPages(world), way };
}

async function tearDown({ world, watch, way }: Stage): Promise<void> {
  watch.end();
  await world.faults.disarm();
  await world.host.destroy();
  await world.docker.cut();
  await rm(way, { recursive: true });
  await world.consul?.stop();
}

async function recordPoints(story: Story, world: World): Promise<readonly Point[]> {
  await prepare(story, world);
  if (story.atStart !== undefined) {
    await dieOnTheWay(story, world);
  }
  const points = await world.faults.record(async () => {
    if (story.atStart === undefined) {
      await world.host.must(story.act(world));
    } else {
      await world.faults.serve();
    }
    await sound(world, settleMs);
    // Some of what is done in the background leaves no trace.
    await new Promise((done) => setTimeout(done, calmMs / 2));
  });
  await story.next(world);
  return points;
}

async function prepare(story: Story, world: World): Promise<void> {
  if (story.newApps === true) {
    world.app = `app${++apps}`;
  }
  await story.prepare(world);
  await sound(world, settleMs);
}

let apps = 0;

/** @returns milliseconds until nothing was wrong any more, null where the point was not passed; throws what was wrong */
async function strikeOnce(
  story: Story,
  { world, watch }: Stage,
  point: Point,
  blow: Blow,
): Promise<number | null> {
  const { faults } = world;
  await prepare(story, world);
  if (story.atStart !== undefined) {
    await dieOnTheWay(story, world);
  }
  const dies = blow.goku === "dies";
  watch.wrong("expected").forEach(fail);
  await faults.arm(point, dies ? "die" : "wait");
  const acting = story.atStart === undefined ? story.act(world) : starts(world);
  const isReached = await reaches(world, acting);
  if (isReached) {
    await blow.strike(world);
  }
  await faults.disarm();
  await acting;
  if (!isReached) {
    await story.next(world);
    return null;
  }
  watch.wrong(blow.silence).forEach(fail);
  await blow.mend(world);
  const began = performance.now();
  const restartMs = dies ? await startAgain(world) : 0;
  const limitMs = soundWithinMs * Math.max(1, restartMs / usualRestartMs);
  await sound(world, limitMs - restartMs);
  const soundMs = performance.now() - began;
  watch.wrong(blow.silence).forEach(fail);
  await story.next(world);
  watch.wrong("counts").forEach(fail);
  return soundMs;
}

async function startAgain({ host, faults }: World): Promise<number> {
  await host.end("SIGKILL");
  return faults.serve();
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
    isCalm = over && (await whatIsWrong(world)).length === 0;
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

/** Leaves a daemon that was killed in the middle of the story. */
async function dieOnTheWay(story: Story, world: World): Promise<void> {
  await story.atStart?.(world);
  const acting = story.act(world);
  if (!(await reaches(world, acting))) {
    throw new Error("the daemon did not die before its start");
  }
  await acting;
  await world.faults.disarm();
  await world.host.end("SIGKILL");
}
/** @throws what is wrong still when the time is over */
async function sound(world: World, withinMs: number): Promise<void> {
  await untilNothingIsWrong(() => whatIsWrong(world), { withinMs, log: () => world.host.log });
}

async function embedded(world: World): Promise<Record<string, string>> {
  const rows = rowsOf<{ key: string; value: string }>(
    world.host,
    `SELECT key, value FROM embedded_vars WHERE app = '${world.app}'`,
  );
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
}

async function inConsul({ app }: World, consul: TestConsul): Promise<Record<string, string>> {
  const answer = await consul.request("GET", `/kv/goku/${app}/?keys`);
  const keys: unknown = answer.ok ? await answer.json() : [];
  const entries = (Array.isArray(keys) ? keys.map(String) : []).map(async (key) => {
    const value = (await consul.get(key)) ?? "";
    return [key.split("/").at(-1) ?? "", value] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
