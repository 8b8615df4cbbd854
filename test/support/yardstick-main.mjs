/* The process of `yardstick.ts`: answers each message with how late its event loop came (p99, ms) since the last. */
import { monitorEventLoopDelay } from "node:perf_hooks";

const resolutionMs = 10;
const nanosecondsPerMs = 1e6;
const monitor = monitorEventLoopDelay({ resolution: resolutionMs });
monitor.enable();

process.on("message", () => {
  process.send?.(Math.max(0, monitor.percentile(99) / nanosecondsPerMs - resolutionMs));
  monitor.reset();
});
