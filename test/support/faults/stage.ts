import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startConsul, type TestConsul } from "../consul.ts";
import { type Patience, untilNothingIsWrong } from "../nothing-wrong.ts";
import { rowsOf } from "../remains.ts";
import { page } from "../sample-apps.ts";
import { startSocketProxy } from "../socket-proxy.ts";
import { TestHost } from "../test-host.ts";
import { faultsOf } from "./faults.ts";
import { whatIsWrong } from "./soundness.ts";
import type { Story } from "./story.ts";
import { type PageWatch, watchPages } from "./watch-pages.ts";
import { bystander, bystanderPage, subjectOf, type World } from "./world.ts";

/** Where stories are told again and again. */
export interface Stage {
  /** How its app began. */
  readonly begin: Story["begin"];
  readonly world: World;
  readonly watch: PageWatch;
  /** Within which all has to be well again after a start. */
  readonly limitMs: number;
  /** Folder of the socket that leads to Docker. */
  readonly way: string;
}

const soundWithinMs = 10_000;
/**
 * A start of Goku on a machine with nothing else to do: one that is slower has the limit stretched as much, up to this,
 * and once more by as much as Docker is slower by then.
 */
const usualStartMs = 1_500;
const mostStretched = 4;
/** For what no blow has fallen on. */
const settleMs = 120_000;

let standing: Stage | null = null;

/** The one that stands, where the story begins like the last one; otherwise a new one. */
export async function stageFor(story: Story): Promise<Stage> {
  const isOfConsul = standing !== null && standing.world.consul !== null;
  if (standing?.begin !== story.begin || isOfConsul !== (story.consul === true)) {
    await tearDown();
    standing = await raise(story);
  }
  standing.world.absent = story.newApps !== undefined ? 404 : story.stops === true ? 503 : null;
  return standing;
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
    subject: subjectOf("blog", "main"),
    contents: new Map(),
    pages: new Set(),
    wanted: "",
    before: 0,
    absent: story.newApps === undefined ? null : 404,
    isSecure: false,
    hosts: new Map(),
    storedVars: () => (consul === null ? embedded(host) : inConsul(consul)),
  };
  await host.must(host.push(bystander, page(bystanderPage)));
  await story.begin(world);
  await settled(world);
  // Nothing has gone down yet, so that no start that hangs after a blow gives itself more time.
  const stretched = Math.min(mostStretched, Math.max(1, faults.startMs / usualStartMs));
  const limitMs = stretched * soundWithinMs;
  return { begin: story.begin, world, watch: watchPages(world), limitMs, way };
}

/** Of the stage that stands, if any. */
export async function tearDown(): Promise<void> {
  if (standing === null) {
    return;
  }
  const { world, watch, way } = standing;
  standing = null;
  watch.end();
  await world.faults.disarm();
  await world.host.destroy();
  await world.docker.cut();
  await rm(way, { recursive: true });
  await world.consul?.stop();
}

/** After a blow, and the start `since` then. @throws what is wrong still when the time is over */
export function sound(world: World, withinMs: number, since: number): Promise<void> {
  return until(world, false, { withinMs, since });
}

/** After a release. @throws the same */
export function settled(world: World): Promise<void> {
  return until(world, true, { withinMs: settleMs });
}

function until(world: World, pruned: boolean, within: Omit<Patience, "log">): Promise<void> {
  const log = () => world.host.log;
  return untilNothingIsWrong(() => whatIsWrong(world, pruned), { ...within, log });
}

type AllVars = Record<string, Record<string, string>>;

async function embedded(host: TestHost): Promise<AllVars> {
  const vars: AllVars = {};
  const rows = rowsOf<{ app: string; key: string; value: string }>(
    host,
    "SELECT app, key, value FROM embedded_vars",
  );
  for (const { app, key, value } of rows) {
    vars[app] = { ...vars[app], [key]: value };
  }
  return vars;
}

async function inConsul(consul: TestConsul): Promise<AllVars> {
  const answer = await consul.request("GET", "/kv/goku/?keys");
  const found: unknown = answer.ok ? await answer.json() : [];
  const vars: AllVars = {};
  for (const path of Array.isArray(found) ? found.map(String) : []) {
    const [, app = "", key = ""] = path.split("/");
    vars[app] = { ...vars[app], [key]: (await consul.get(path)) ?? "" };
  }
  return vars;
}
