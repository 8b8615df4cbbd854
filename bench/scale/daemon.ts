import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { exec } from "../../test/support/exec.ts";
import { failures, startLoad, summary } from "../../test/support/load.ts";
import type { TestHost } from "../../test/support/test-host.ts";
import { figureOf } from "../measure.ts";
import { crowdPage, type CrowdSize, pushedApp } from "./crowd.ts";
import type { ScaleRow } from "./figures.ts";

const idleMs = 60_000;
/** The first look at everything has been, and its garbage gone. */
const calmMs = 15_000;

/** `octo status` as a whole command, beside a node that does nothing. */
export async function measureStatus(
  host: TestHost,
  { apps }: CrowdSize,
  rounds: number,
): Promise<ScaleRow> {
  const status: number[] = [];
  const node: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    node.push(await timed(() => host.must(exec(process.execPath, ["-e", "0"]))));
    status.push(await timed(() => host.must(host.octo("status"))));
  }
  return {
    what: `\`octo status\` with ${apps} apps`,
    unit: "ms",
    goku: figureOf(status),
    raw: { what: "`node -e 0`", figure: figureOf(node) },
    limit: { of: "value", value: 200 },
  };
}

/** Memory and CPU of the daemon over a minute in which nothing happens; its look at everything each minute is in it. */
export async function measureIdle(host: TestHost, { apps }: CrowdSize): Promise<ScaleRow[]> {
  await delay(calmMs);
  const resident: number[] = [];
  const before = await cpuSeconds(host.pid);
  const began = performance.now();
  while (performance.now() - began < idleMs) {
    resident.push(await residentMegabytes(host.pid));
    await delay(1_000);
  }
  const used = (await cpuSeconds(host.pid)) - before;
  const share = (used / ((performance.now() - began) / 1000)) * 100;
  const what = `the daemon idle with ${apps} apps`;
  const value = (most: number) => ({ of: "value", value: most }) as const;
  return [
    {
      what: `${what}: resident`,
      unit: "MB",
      goku: figureOf(resident),
      raw: null,
      limit: value(120),
    },
    { what: `${what}: of a core`, unit: "%", goku: figureOf([share]), raw: null, limit: value(1) },
  ];
}

/**
 * From the start of the process to the answer on its socket, after it was ended and after it was killed in turn, while
 * a page is asked for a hundred times a second. Requests that got no answer, or a wrong one, are an error.
 */
export async function measureStart(
  host: TestHost,
  { apps, running }: CrowdSize,
  rounds: number,
): Promise<ScaleRow> {
  const load = startLoad({
    port: host.httpPort,
    host: `${pushedApp}.${host.domain}`,
    perSecond: 100,
    read: (body) => (body === crowdPage ? body : null),
  });
  const times: number[] = [];
  const node: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    node.push(await timed(() => host.must(exec(process.execPath, ["-e", "0"]))));
    await host.end(round % 2 === 0 ? "SIGTERM" : "SIGKILL");
    times.push(await timed(() => host.serve()));
  }
  const seen = await load.end();
  process.stdout.write(`over ${rounds} restarts: ${summary(seen)}\n`);
  const lost = failures(seen);
  if (lost.length > 0) {
    throw new Error(`${lost.length} requests failed over the restarts: ${JSON.stringify(lost[0])}`);
  }
  return {
    what: `start with ${apps} apps, ${running} of them running; no request lost`,
    unit: "ms",
    goku: figureOf(times),
    raw: { what: "`node -e 0`", figure: figureOf(node) },
    limit: { of: "value", value: 3_000 },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** What the process has used so far, in user and kernel mode. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // In hundredths of a second, whatever the kernel's own clock is.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024) / 1e6;
}
