import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Deployed, Fleet } from "../support/fleet.ts";
import { type LoadProcess, phaseSummary, startLoadProcess } from "../support/load-process.ts";
import { waitFor } from "../../src/system/wait.ts";
import { TestHost } from "../support/test-host.ts";
import {
  type Delays,
  delaySummary,
  residentBy,
  vitalsOf,
  vitalsPreload,
} from "../support/vitals.ts";
import { ByHand } from "./by-hand.ts";
import { soak } from "./settings.ts";

/*
 * Ten apps, half of them projects, are deployed again and again, all at once, while fifty are asked. The same is done by
 * hand, under the same load and in turns with Goku: whatever slows the machine meanwhile slows both. The load has to run
 * for a while first: for each container that comes or goes, Docker reads all connections that the kernel remembers, and it
 * remembers those of the last two minutes.
 */

const turns = 5;
const turnMs = (soak.seconds / turns) * 1000;
const memorySlackMiB = 15;

/** Deploys a minute. */
interface Rates {
  readonly hand: number;
  readonly goku: number;
}

let host: TestHost;
let fleet: Fleet;
let hand: ByHand;
let load: LoadProcess | null = null;

beforeAll(async () => {
  const env: Record<string, string> =
    soak.parallel === null ? {} : { GOKU_PARALLEL_DEPLOYS: soak.parallel };
  host = await TestHost.start({ preload: [vitalsPreload], env });
  fleet = await Fleet.start(host, { dockerfiles: soak.apps - 5, projects: 5 });
  hand = await ByHand.start(host, deployed(), `10.223.${randomInt(256)}.0/24`);
  await fleet.settled();
});

afterAll(async () => {
  load?.kill();
  await hand?.close();
  await host.destroy();
});

function deployed() {
  return [...fleet.apps.slice(0, 5), ...fleet.apps.slice(-5)];
}

/** Resolves when the kernel forgets as many connections as it learns of. */
async function connectionsSettled(): Promise<void> {
  let before = 0;
  await waitFor(
    async () => {
      const count = Number(await readFile("/proc/sys/net/netfilter/nf_conntrack_count", "utf8"));
      const grew = count > 1.02 * before;
      before = count;
      return grew ? null : count;
    },
    { timeoutMs: 240_000, intervalMs: 10_000, maxIntervalMs: 10_000 },
  );
}

/** Deploys them for a turn's time. @returns how many a minute; one that the end of the turn cut counts with its share */
async function perMinute(
  deployTogether: (isOver: () => boolean) => Promise<Deployed[]>,
): Promise<number> {
  const end = performance.now() + turnMs;
  const deploys = await deployTogether(() => performance.now() > end);
  const share = ({ began, ended }: Deployed) => (Math.min(ended, end) - began) / (ended - began);
  const count = deploys.reduce((sum, deploy) => sum + share(deploy), 0);
  return (count / turnMs) * 60_000;
}

function meanOf(rates: readonly Rates[]): Rates {
  const sum = rates.reduce((all, each) => ({
    hand: all.hand + each.hand,
    goku: all.goku + each.goku,
  }));
  return { hand: sum.hand / rates.length, goku: sum.goku / rates.length };
}

/** `deploys a minute: 61.2, by hand 59.8 (1.02)` */
function ratesSummary({ goku, hand: byHand }: Rates): string {
  const [one, other] = [goku.toFixed(1), byHand.toFixed(1)];
  return `deploys a minute: ${one}, by hand ${other} (${(goku / byHand).toFixed(2)})`;
}

it("ten apps deployed at once under load", async () => {
  const vitals = vitalsOf(host);
  const { httpPort: port, domain } = host;
  load = await startLoadProcess({ port, domain, apps: fleet.names, perSecond: soak.perSecond });
  await load.phase("nothing else, before");
  await connectionsSettled();

  const rates: Rates[] = [];
  const delays: Delays[] = [];
  const began = Date.now();
  for (let turn = 1; turn <= turns; turn += 1) {
    await load.phase(`by hand, ${turn}`);
    const byHand = await perMinute((isOver) => hand.deployTogether(isOver));
    await vitals.takeMark();
    await load.phase(`by Goku, ${turn}`);
    const byGoku = await perMinute((isOver) => fleet.pushTogether(deployed(), isOver));
    delays.push(await vitals.takeMark());
    await fleet.settled();
    rates.push({ hand: byHand, goku: byGoku });
  }
  const resident = residentBy(await vitals.seconds(), began, Date.now());
  await load.phase("nothing else, after");
  const reports = await load.end();

  const mean = meanOf(rates);
  console.info(
    [
      ...reports.map((report) => `${report.name}: ${phaseSummary(report)}`),
      ...rates.map(ratesSummary),
      `all turns: ${ratesSummary(mean)}`,
      ...delays.map(delaySummary),
      `resident: ${resident.second} MiB in the second fifth, ${resident.last} MiB in the last`,
    ].join("\n"),
  );
  for (const { name, failed, examples, requests, resets, seconds } of reports) {
    if (name.startsWith("by Goku")) {
      expect({ name, failed, examples }).toEqual({ name, failed: 0, examples: [] });
      expect(resets).toBeLessThan(requests / 200);
      expect(requests / seconds).toBeGreaterThan(0.95 * soak.perSecond);
    }
  }
  expect(await fleet.stale()).toEqual([]);
  expect(mean.goku).toBeGreaterThanOrEqual(mean.hand);
  expect(Math.max(...delays.map(({ p99Ms }) => p99Ms))).toBeLessThan(50);
  expect(resident.last).toBeLessThan(1.1 * resident.second + memorySlackMiB);
});
