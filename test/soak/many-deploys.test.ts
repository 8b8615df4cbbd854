import { afterEach, expect, it } from "vitest";
import { Fleet, type FleetApp } from "../support/fleet.ts";
import { type Footprint, footprintOf } from "../support/footprint.ts";
import { medianOf } from "../support/latencies.ts";
import { TestHost } from "../support/test-host.ts";
import { soak } from "./settings.ts";

/* One app deployed again and again: what is there at the end is what was there near the start. */

const keepImages = 5;
const keepReleases = 10;
const mebibyteInKib = 1024;

let host: TestHost | null = null;

afterEach(async () => {
  await host?.destroy();
  host = null;
});

it.each([
  ["a Dockerfile app", { dockerfiles: 1, projects: 0 }, soak.deploys],
  ["a compose project", { dockerfiles: 0, projects: 1 }, soak.projectDeploys],
])("%s deployed many times", async (what, count, deploys) => {
  host = await TestHost.start({
    program: "dist",
    // As large as they are by default, these would be full after a twentieth of the run; so it takes less of one.
    env: { GOKU_KEEP_RELEASES: String(keepReleases), GOKU_KEEP_IMAGES: String(keepImages) },
  });
  const fleet = await Fleet.start(host, count);
  const [app] = fleet.apps;
  if (app === undefined) {
    throw new Error("no app");
  }
  const settledFootprint = async (of: TestHost) => {
    await fleet.settled();
    await expect
      .poll(async () => (await footprintOf(of)).images, { timeout: 60_000, interval: 500 })
      .toBeLessThanOrEqual(keepImages);
    return footprintOf(of);
  };

  const firstLook = Math.min(70, Math.floor(deploys / 2));
  const times = await push(fleet, app, firstLook);
  const early = await settledFootprint(host);
  times.push(...(await push(fleet, app, deploys - firstLook)));
  const late = await settledFootprint(host);

  const window = Math.min(50, Math.floor(deploys / 4));
  const begins = firstLook - window;
  const [first, last] = [
    medianOf(times.slice(begins, begins + window)),
    medianOf(times.slice(-window)),
  ];
  console.info(
    `${what}, ${deploys} deploys: median ${first.toFixed(0)} ms of deploys ${begins} to ${begins + window}, ` +
      `${last.toFixed(0)} ms of the last ${window}\nafter ${firstLook}: ${JSON.stringify(early)}\n` +
      `after ${deploys}: ${JSON.stringify(late)}`,
  );
  expect(await fleet.stale()).toEqual([]);
  expectConstant(early, late);
  expectBounded(early, late, deploys - firstLook);
  expect(last).toBeLessThan(1.3 * first);
});

async function push(fleet: Fleet, app: FleetApp, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    times.push(await fleet.push(app));
  }
  return times;
}

function expectConstant(early: Footprint, late: Footprint): void {
  const countsOf = ({ containers, networks, volumes, images }: Footprint) => ({
    containers,
    networks,
    volumes,
    images,
  });
  expect(countsOf(late)).toEqual(countsOf(early));
  expect(late.openFiles).toBeLessThanOrEqual(early.openFiles + 5);
}

function expectBounded(early: Footprint, late: Footprint, deploys: number): void {
  for (const what of ["imageSizes", "nginx", "builds", "trees"] as const) {
    expect(late[what], what).toBeLessThanOrEqual(1.1 * early[what] + 100);
  }
  // The database's log is as large as it ever had to be, some 4 MB; events are forgotten from the 10,000th on.
  expect(late.database).toBeLessThan(early.database + 12 * mebibyteInKib);
  // Access logs are rotated every hour, and hold what was asked: here, by Goku alone.
  expect(late.logs).toBeLessThan(early.logs + mebibyteInKib);
  // What was pushed lies as git received it, an object a file, until the hourly packing.
  expect(late.repositories).toBeLessThan(early.repositories + 40 * deploys + mebibyteInKib);
  expect(late.resident).toBeLessThan(1.2 * early.resident + 20 * mebibyteInKib);
}
