/*
 * Loaded into a daemon before its program (`--import`): writes a line a second about its event loop, memory and
 * processor time into `vitals.jsonl` beside its data folder, and at SIGUSR2 one about all since the last such signal.
 */
import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const nanosecondsPerMs = 1e6;
/** Every so often the loop is looked at; what it needs beyond that is its delay. */
const resolutionMs = 10;
const file = join(dirname(process.env.GOKU_DATA ?? ""), "vitals.jsonl");

/** @param {number} nanoseconds */
const delayOf = (nanoseconds) => Math.max(0, nanoseconds / nanosecondsPerMs - resolutionMs);

/** @param {object} line */
const write = (line) => appendFileSync(file, `${JSON.stringify({ at: Date.now(), ...line })}\n`);

const startMonitor = () => {
  const monitor = monitorEventLoopDelay({ resolution: resolutionMs });
  monitor.enable();
  return monitor;
};

if (isMainThread) {
  const second = startMonitor();
  const sinceMark = startMonitor();
  let cpuBefore = process.cpuUsage();

  setInterval(() => {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuBefore = process.cpuUsage();
    const worstMs = second.count === 0 ? 0 : delayOf(second.max);
    write({ kind: "second", worstMs, rss, heapUsed, cpuMs: (user + system) / 1000 });
    second.reset();
  }, 1000).unref();

  process.on("SIGUSR2", () => {
    const { count, max } = sinceMark;
    const percentile = (/** @type {number} */ share) => delayOf(sinceMark.percentile(share));
    const delays = { p50Ms: percentile(50), p99Ms: percentile(99), p999Ms: percentile(99.9) };
    write({ kind: "mark", count, ...delays, worstMs: delayOf(max) });
    sinceMark.reset();
  });
}
