import { writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { resolve } from "node:path";
import { TestHost } from "../test/support/test-host.ts";
import { type CrowdSize, disperse, gatherCrowd } from "./scale/crowd.ts";
import { measureIdle, measureStart, measureStatus } from "./scale/daemon.ts";
import { type ScaleRow, scaleTable } from "./scale/figures.ts";
import { measurePublish } from "./scale/publish.ts";

/*
 * What Goku costs with many apps. Usage: scale.ts [PART] [--all-running]
 * PART is publish, hundred or thousand; without it, all three. With --all-running each of the thousand apps has its
 * two containers, instead of a hundred of them.
 */

const args = process.argv.slice(2);
const only = args.find((arg) => !arg.startsWith("--")) ?? "";
const hundred: CrowdSize = { apps: 100, running: 100 };
const thousand: CrowdSize = { apps: 1_000, running: args.includes("--all-running") ? 1_000 : 100 };
const rounds = { publish: 21, status: 21, start: 8 };

let host: TestHost | null = null;

async function withCrowd(
  size: CrowdSize,
  work: (host: TestHost) => Promise<ScaleRow[]>,
): Promise<ScaleRow[]> {
  host = await TestHost.start();
  try {
    await gatherCrowd(host, size);
    await host.serve();
    return await work(host);
  } finally {
    await leave();
  }
}

async function leave(): Promise<void> {
  const leaving = host;
  host = null;
  if (leaving !== null) {
    await disperse(leaving);
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => void leave().finally(() => process.exit(1)));
}

const parts: Readonly<Record<string, () => Promise<ScaleRow[]>>> = {
  publish: () => measurePublish(1_000, rounds.publish),
  hundred: () =>
    withCrowd(hundred, async (crowd) => [
      await measureStatus(crowd, hundred, rounds.status),
      ...(await measureIdle(crowd, hundred)),
    ]),
  thousand: () =>
    withCrowd(thousand, async (crowd) => [await measureStart(crowd, thousand, rounds.start)]),
};

const load = () => Math.round((loadavg()[0] ?? 0) * 10) / 10;
const before = load();
const rows: ScaleRow[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (name.includes(only)) {
    process.stdout.write(`${name} ...\n`);
    const measured = await measure();
    rows.push(...measured);
    measured.forEach((row) => process.stdout.write(`${JSON.stringify(row)}\n`));
  }
}
const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
const figures = { at: new Date().toISOString(), machine, load: [before, load()] as const, rows };
process.stdout.write(`\n${scaleTable(figures)}\n`);
if (only === "") {
  const path = resolve(import.meta.dirname, "scale.json");
  await writeFile(path, `${JSON.stringify(figures, null, 2)}\n`);
}
process.exit(0);
