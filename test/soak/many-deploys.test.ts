import { afterEach, expect, it } from "vitest";
import { Fleet } from "../support/fleet.ts";
import { deployMany, keepEnv, whatGrew } from "../support/many-deploys.ts";
import { TestHost } from "../support/test-host.ts";
import { soak } from "./settings.ts";

/* One app deployed again and again: what is there at the end is what was there near the start, and takes no longer. */

let host: TestHost | null = null;

afterEach(async () => {
  await host?.destroy();
  host = null;
});

it.each([
  ["a Dockerfile app", { dockerfiles: 1, projects: 0 }, soak.deploys],
  ["a compose project", { dockerfiles: 0, projects: 1 }, soak.projectDeploys],
])("%s deployed many times", async (what, count, deploys) => {
  host = await TestHost.start({ env: keepEnv });
  const fleet = await Fleet.start(host, count);
  const found = await deployMany(host, fleet, deploys);
  console.info(`${what}, ${deploys} deploys: ${JSON.stringify(found, null, 2)}`);
  expect(await fleet.stale()).toEqual([]);
  expect(whatGrew(found)).toEqual([]);
  expect(found.lastMs).toBeLessThan(1.3 * found.firstMs);
});
