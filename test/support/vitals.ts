import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { TestHost } from "./test-host.ts";

/** What a test host's option `preload` takes, for `vitalsOf` to have something to read. */
export const vitalsPreload = resolve(import.meta.dirname, "vitals-preload.mjs");

const second = z.object({
  kind: z.literal("second"),
  /** Milliseconds since the epoch. */
  at: z.number(),
  worstMs: z.number(),
  /** Bytes. */
  rss: z.number(),
  heapUsed: z.number(),
  /** Of the processor, within this second. */
  cpuMs: z.number(),
});

const mark = z.object({
  kind: z.literal("mark"),
  at: z.number(),
  /** How often the loop was looked at. */
  count: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  p999Ms: z.number(),
  worstMs: z.number(),
});

const lineSchema = z.discriminatedUnion("kind", [second, mark]);

/** One second in a daemon's life. */
export type Second = z.infer<typeof second>;
/** How late the event loop came, from one mark to the next. */
export type Delays = z.infer<typeof mark>;

const markTimeoutMs = 60_000;
const mebibyte = 2 ** 20;

/** What a daemon that loaded `vitalsPreload` says of itself. */
export function vitalsOf(host: TestHost) {
  async function lines() {
    const text = await readFile(join(host.folder, "vitals.jsonl"), "utf8");
    // The last one may be half written.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
    return whole.filter((line) => line !== "").map((line) => lineSchema.parse(JSON.parse(line)));
  }

  async function marks(): Promise<Delays[]> {
    return (await lines()).filter((line) => line.kind === "mark");
  }

  async function seconds(): Promise<Second[]> {
    return (await lines()).filter((line) => line.kind === "second");
  }

  /** The delays since the mark before; the next one begins here. */
  async function takeMark(): Promise<Delays> {
    const before = (await marks()).length;
    process.kill(host.pid, "SIGUSR2");
    const deadline = Date.now() + markTimeoutMs;
    while (Date.now() < deadline) {
      const found = (await marks())[before];
      if (found !== undefined) {
        return found;
      }
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error("the daemon wrote no mark");
  }

  return { takeMark, seconds };
}

/** `event loop p50 0.1 ms, p99 12.0 ms, worst 48 ms` */
export function delaySummary({ p50Ms, p99Ms, worstMs }: Delays): string {
  return `event loop p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, worst ${worstMs.toFixed(0)} ms`;
}

/** MiB of resident memory: the median of a time, each fifth of which lasts a minute in a run of five. */
export function residentBy(seconds: readonly Second[], from: number, to: number) {
  const fifth = (to - from) / 5;
  const medianOf = (at: number) => {
    const values = seconds
      .filter((each) => each.at >= from + at * fifth && each.at < from + (at + 1) * fifth)
      .map(({ rss }) => rss / mebibyte)
      .sort((one, other) => one - other);
    return Math.round(values[Math.floor(values.length / 2)] ?? Number.NaN);
  };
  return { second: medianOf(1), last: medianOf(4) };
}
