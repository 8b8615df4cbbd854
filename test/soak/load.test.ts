import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Fleet } from "../support/fleet.ts";
import {
  type LoadProcess,
  phaseSummary,
  reportOf,
  startLoadProcess,
} from "../support/load-process.ts";
import { waitFor } from "../../src/system/wait.ts";
import { TestHost } from "../support/test-host.ts";
import { delaySummary, residentBy, vitalsOf, vitalsPreload } from "../support/vitals.ts";
import { ByHand } from "./by-hand.ts";
import { soak } from "./settings.ts";

/*
 * Ten apps, half of them projects, are deployed again and again, all at once, while fifty are asked. Before and after
 * it, the same is done by hand, under the same load: what else the machine does meanwhile slows both. The load has to run
 * for a while first: for each container that comes or goes, Docker reads all connections that the kernel remembers, and it
 * remembers those of the last two minutes.
 */

const handSeconds = Math.max(20, soak.seconds / 5);
const memorySlackMiB = 15;

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

/** How many of them ended in each minute of a time that begins now. */
async function perMinute(
  seconds: number,
  deployTogether: (isOver: () => boolean) => Promise<number[]>,
): Promise<number> {
  const began = performance.now();
  const ends = await deployTogether(() => performance.now() - began > seconds * 1000);
  const last = ends.reduce((latest, end) => Math.max(latest, end), began);
  return (ends.length / (last - began)) * 60_000;
}

it("ten apps deployed at once under load", async () => {
  const vitals = vitalsOf(host);
  const { httpPort: port, domain } = host;
  load = await startLoadProcess({ port, domain, apps: fleet.names, perSecond: soak.perSecond });
  const byHand = () => perMinute(handSeconds, (isOver) => hand.deployTogether(isOver));

  await load.phase("nothing else, before");
  await connectionsSettled();
  await load.phase("by hand, before");
  const before = await byHand();
  await vitals.takeMark();
  await load.phase("by Goku");
  const began = Date.now();
  const rate = await perMinute(soak.seconds, (isOver) => fleet.pushTogether(deployed(), isOver));
  const delays = await vitals.takeMark();
  const seconds = await vitals.seconds();
  const resident = residentBy(seconds, began, Date.now());
  await load.phase("by hand, after");
  const after = await byHand();
  await load.phase("nothing else, after");
  await fleet.settled();
  const reports = await load.end();

  const handRate = (before + after) / 2;
  console.info(
    [
      ...reports.map((report) => `${report.name}: ${phaseSummary(report)}`),
      `deploys a minute: ${rate.toFixed(1)}, by hand ${before.toFixed(1)} before and ${after.toFixed(1)} after`,
      delaySummary(delays),
      `resident: ${resident.second} MiB in the second fifth, ${resident.last} MiB in the last`,
    ].join("\n"),
  );
  const deploys = reportOf(reports, "by Goku");
  expect(deploys.examples).toEqual([]);
  expect(deploys.failed).toBe(0);
  expect(deploys.resets).toBeLessThan(deploys.requests / 200);
  expect(deploys.requests / deploys.seconds).toBeGreaterThan(0.95 * soak.perSecond);
  expect(await fleet.stale()).toEqual([]);
  expect(rate).toBeGreaterThanOrEqual(handRate);
  expect(delays.p99Ms).toBeLessThan(50);
  expect(resident.last).toBeLessThan(1.1 * resident.second + memorySlackMiB);
});
