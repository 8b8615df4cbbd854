import type { Fleet, FleetApp } from "./fleet.ts";
import { type Footprint, footprintOf } from "./footprint.ts";
import { medianOf } from "./latencies.ts";
import { mostSpares } from "./spares.ts";
import type { TestHost } from "./test-host.ts";

/** Less is kept than by default, so that what is kept is full after a few deploys. */
const keep = { images: 3, releases: 6 } as const;

export const keepEnv = {
  GOKU_KEEP_IMAGES: String(keep.images),
  GOKU_KEEP_RELEASES: String(keep.releases),
};

const kibPerMib = 1024;
/** git keeps what was pushed as an object a file until the hourly packing: at most ten of 4 KiB. */
const repositoryKibPerDeploy = 40;

export interface ManyDeploys {
  readonly early: Footprint;
  readonly late: Footprint;
  /** Between the two. */
  readonly deploys: number;
  /** Median milliseconds of as many pushes just before `early` as of the last ones. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Deploys the only app of a fleet again and again, and looks twice at what is there. */
export async function deployMany(host: TestHost, fleet: Fleet, deploys: number) {
  const [app] = fleet.apps;
  if (app === undefined) {
    throw new Error("the fleet has no app");
  }
  const begun = Math.min(70, Math.floor(deploys / 2));
  const window = Math.min(50, Math.floor(deploys / 3));
  const earlier = await pushTimes(fleet, app, begun);
  const early = await settled(host, fleet);
  const later = await pushTimes(fleet, app, deploys - begun);
  const late = await settled(host, fleet);
  const found: ManyDeploys = {
    early,
    late,
    deploys: deploys - begun,
    firstMs: Math.round(medianOf(earlier.slice(-window))),
    lastMs: Math.round(medianOf(later.slice(-window))),
  };
  return found;
}

async function pushTimes(fleet: Fleet, app: FleetApp, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    times.push(await fleet.push(app));
  }
  return times;
}

/** When old containers and images have gone. */
async function settled(host: TestHost, fleet: Fleet): Promise<Footprint> {
  await fleet.settled();
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await footprintOf(host);
    if (found.images <= keep.images + 1 || Date.now() > deadline) {
      return found;
    }
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** What became more with deploys that should not have, one sentence each. */
export function whatGrew({ early, late, deploys }: ManyDeploys): string[] {
  const bounds: Readonly<Record<keyof Footprint, number>> = {
    containers: early.containers,
    namespaces: early.containers + mostSpares,
    networks: early.networks,
    volumes: early.volumes,
    // And the one of the containers that hold addresses.
    images: Math.min(early.images, keep.images + 1),
    openFiles: early.openFiles + 5,
    imageSizes: 1.1 * early.imageSizes,
    nginx: 1.1 * early.nginx + 100,
    builds: 1.1 * early.builds + 20,
    trees: 1.1 * early.trees + 100,
    // SQLite's log stays as large as it ever had to be, some 4 MB; of events, 10,000 are kept.
    database: early.database + 12 * kibPerMib,
    // What nobody asks of the apps is in no access log; those are rotated every hour.
    logs: early.logs + kibPerMib,
    repositories: early.repositories + repositoryKibPerDeploy * deploys + kibPerMib,
    resident: 1.2 * early.resident + 20 * kibPerMib,
  };
  const names = Object.keys(bounds).filter((name): name is keyof Footprint => name in early);
  return names.flatMap((name) =>
    late[name] <= bounds[name] ? [] : [`${name}: ${early[name]}, then ${late[name]}`],
  );
}
