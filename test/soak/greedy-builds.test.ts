import { afterAll, beforeAll, expect, it } from "vitest";
import { Fleet } from "../support/fleet.ts";
import { greedyBuilds } from "../support/greedy-builds.ts";
import { latenciesOf } from "../support/latencies.ts";
import { type LoadProcess, phaseSummary, startLoadProcess } from "../support/load-process.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";
import { soak } from "./settings.ts";

/*
 * The other apps' p99 beside a greedy build is at most twice what it is without, turn about in one run. They do not fork
 * for each request: what has just been forked waits for the kernel's tick beside a build (docs/decisions.md).
 */

const turns = 5;
const turnSeconds = Math.max(5, soak.seconds / 15);

let host: TestHost;
let fleet: Fleet;
let load: LoadProcess | null = null;

beforeAll(async () => {
  host = await TestHost.start({
    env: { GOKU_BUILD_TIMEOUT: `${Math.ceil(turnSeconds)}s`, GOKU_BUILD_MEMORY: "512m" },
  });
  fleet = await Fleet.start(host, { dockerfiles: 8, projects: 2 }, "nginx");
});

afterAll(async () => {
  load?.kill();
  await host.destroy();
});

it.each([
  ["CPU", () => greedyBuilds.cpu(600), "took longer than"],
  ["memory", () => greedyBuilds.memory(Math.floor(turnSeconds * 0.6)), "more memory than"],
  ["disk", () => greedyBuilds.disk(20), "took longer than"],
])("a build that takes all %s", async (what, treeOf: () => Files, reason) => {
  const { httpPort: port, domain } = host;
  load = await startLoadProcess({
    port,
    domain,
    apps: fleet.names,
    perSecond: Math.min(200, soak.perSecond),
  });
  for (let turn = 0; turn < turns; turn += 1) {
    await load.phase("alone");
    await new Promise((done) => setTimeout(done, turnSeconds * 1000));
    await load.phase("beside");
    const began = performance.now();
    while (performance.now() - began < turnSeconds * 900) {
      expect((await host.push("greedy", treeOf())).stderr).toContain(reason);
    }
  }
  const reports = await load.end();
  const p99Of = (name: string) =>
    latenciesOf(reports.flatMap((report) => (report.name === name ? [report.p99] : []))).p50;
  console.info(
    `${what}: median of p99 alone ${p99Of("alone").toFixed(1)} ms, beside ${p99Of("beside").toFixed(1)} ms\n` +
      reports.map((report) => `  ${report.name}: ${phaseSummary(report)}`).join("\n"),
  );
  expect(reports.flatMap(({ examples }) => examples)).toEqual([]);
  expect(p99Of("beside")).toBeLessThan(2 * p99Of("alone"));
});
