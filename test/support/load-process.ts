import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { resolve } from "node:path";
import type { Latencies } from "./latencies.ts";

/** What is asked for: the front pages of these apps in turn, each `<app> <number> end`. */
export interface LoadOrder {
  readonly port: number;
  readonly domain: string;
  readonly apps: readonly string[];
  readonly perSecond: number;
}

/** What came of the requests that were sent from one call of `phase` to the next. */
export interface PhaseReport extends Latencies {
  readonly name: string;
  readonly seconds: number;
  readonly requests: number;
  /** Without a whole page of the app that was asked for, for whatever reason but the next one. Nothing is asked twice. */
  readonly failed: number;
  /** Kept connections that were closed just as a request was sent: HTTP has clients ask again then (RFC 9112, 9.3.1). */
  readonly resets: number;
  /** What some of those that failed saw. */
  readonly examples: readonly string[];
}

export type ToGenerator = { readonly phase: string | null };
export type FromGenerator =
  | { readonly begun: string }
  | { readonly reports: readonly PhaseReport[] };

export interface LoadProcess {
  /** What is sent from now on counts for this one. */
  phase(name: string): Promise<void>;
  /** Stops asking, waits for the last answers. */
  end(): Promise<readonly PhaseReport[]>;
  /** Ends it without a word, if it still runs. */
  kill(): void;
}

/** Asks at a steady rate from a process of its own, so that what the test itself does delays no request. */
export async function startLoadProcess(order: LoadOrder): Promise<LoadProcess> {
  const main = resolve(import.meta.dirname, "load-process-main.ts");
  const child = fork(main, [JSON.stringify(order)], {
    execArgv: ["--import", import.meta.resolve("tsx")],
  });
  await answerOf(child);
  goFirst(child);

  async function tell(message: ToGenerator): Promise<FromGenerator> {
    child.send(message);
    return answerOf(child);
  }

  return {
    async phase(name) {
      await tell({ phase: name });
    },
    async end() {
      const answer = await tell({ phase: null });
      child.disconnect();
      if (!("reports" in answer)) {
        throw new Error("the load generator gave no report");
      }
      return answer.reports;
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Its turn comes before others', as on a machine of its own: what it would wait for it is no fault of those it asks. */
function goFirst({ pid = 0 }: ChildProcess): void {
  setPriority(pid, constants.priority.PRIORITY_HIGHEST);
}

async function answerOf(child: ChildProcess): Promise<FromGenerator> {
  const ended = new AbortController();
  const gone = once(child, "exit", { signal: ended.signal }).then(() => {
    throw new Error("the load generator ended too early");
  });
  try {
    const [message]: FromGenerator[] = await Promise.race([once(child, "message"), gone]);
    if (message === undefined) {
      throw new Error("the load generator said nothing");
    }
    return message;
  } finally {
    ended.abort();
    gone.catch(() => undefined);
  }
}

/** The report of one phase. @throws when there was none of that name */
export function reportOf(reports: readonly PhaseReport[], name: string): PhaseReport {
  const found = reports.find((each) => each.name === name);
  if (found === undefined) {
    throw new Error(`no phase was called ${name}`);
  }
  return found;
}

/** `30012 requests, 500 a second, p50 0.9 ms, p99 4.1 ms, worst 40 ms, 0 failed, 0 kept connections reset` */
export function phaseSummary(report: PhaseReport): string {
  const rate = Math.round(report.requests / report.seconds);
  return (
    `${report.requests} requests, ${rate} a second, p50 ${report.p50.toFixed(1)} ms, ` +
    `p99 ${report.p99.toFixed(1)} ms, worst ${report.worst.toFixed(0)} ms, ` +
    `${report.failed} failed, ${report.resets} kept connections reset`
  );
}
