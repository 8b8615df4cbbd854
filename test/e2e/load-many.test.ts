import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Fleet } from "../support/fleet.ts";
import {
  type LoadProcess,
  phaseSummary,
  reportOf,
  startLoadProcess,
} from "../support/load-process.ts";
import { deployMany, keepEnv, whatGrew } from "../support/many-deploys.ts";
import { TestHost } from "../support/test-host.ts";
import { delaySummary, vitalsOf, vitalsPreload } from "../support/vitals.ts";
import { startYardstick, type Yardstick } from "../support/yardstick.ts";

/* The short versions of test/soak/load.test.ts and test/soak/many-deploys.test.ts. */

const perSecond = 100;
const rounds = 2;

describe("ten apps deployed at once, twice, while fifteen are asked", () => {
  let host: TestHost;
  let fleet: Fleet;
  let load: LoadProcess | null = null;
  let yardstick: Yardstick | null = null;

  beforeAll(async () => {
    host = await TestHost.start({ preload: [vitalsPreload] });
    fleet = await Fleet.start(host, { dockerfiles: 12, projects: 3 });
  });

  afterAll(async () => {
    load?.kill();
    yardstick?.kill();
    await host.destroy();
  });

  it("lose no request, and Goku's event loop stays free", async () => {
    const vitals = vitalsOf(host);
    const { httpPort: port, domain } = host;
    load = await startLoadProcess({ port, domain, apps: fleet.names, perSecond });
    yardstick = await startYardstick(host.pid);
    await vitals.takeMark();
    await load.phase("deploys");
    const ten = [...fleet.apps.slice(0, 7), ...fleet.apps.slice(-3)];
    await Promise.all(
      ten.map(async (app) => {
        for (let round = 0; round < rounds; round += 1) {
          await fleet.push(app);
        }
      }),
    );
    const delays = await vitals.takeMark();
    const waitedMs = await yardstick.waitedMs();
    const deploys = reportOf(await load.end(), "deploys");
    const waited = `a process without work p99 ${waitedMs.toFixed(1)} ms`;
    console.info(`${phaseSummary(deploys)}; ${delaySummary(delays)}; ${waited}`);
    expect(deploys.examples).toEqual([]);
    expect(deploys.failed).toBe(0);
    expect(deploys.resets).toBeLessThan(deploys.requests / 100);
    expect(deploys.requests).toBeGreaterThan(perSecond);
    expect(await fleet.stale()).toEqual([]);
    // Ten pushes at once fill two cores: what any process then waits for its turn is not the daemon's doing.
    expect(delays.p99Ms).toBeLessThan(50 + 2 * waitedMs);
  });
});

describe("one app deployed twenty times", () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await TestHost.start({ env: keepEnv });
  });

  afterAll(async () => {
    await host.destroy();
  });

  it("leaves no more behind than ten did", async () => {
    const fleet = await Fleet.start(host, { dockerfiles: 1, projects: 0 });
    const found = await deployMany(host, fleet, 20);
    expect(await fleet.stale()).toEqual([]);
    expect(whatGrew(found)).toEqual([]);
  });
});
