import { Agent, get } from "node:http";
import { latenciesOf } from "./latencies.ts";
import type { FromGenerator, LoadOrder, PhaseReport, ToGenerator } from "./load-process.ts";

/*
 * The generator of `load-process.ts`, a process of its own. Nothing is asked twice. Whatever did not answer with the
 * app's own whole page has failed, except for kept connections that were closed under a request: those are counted.
 */

/** More under way than this, and the machine cannot keep up: the next ones wait. */
const mostInFlight = 400;
const requestTimeoutMs = 30_000;
const tickMs = 4;
const mostExamples = 10;
/** How node calls it when a connection ends before an answer has begun. */
const resetCodes = new Set(["ECONNRESET", "EPIPE"]);

interface Phase {
  readonly name: string;
  readonly began: number;
  seconds: number;
  readonly latencies: number[];
  failed: number;
  resets: number;
  readonly examples: string[];
}

const order: LoadOrder = JSON.parse(process.argv[2] ?? "null");
const keepAlive = new Agent({ keepAlive: true });
const bodyOf = /^(\S+) \d+ end$/;
const began = performance.now();
const phases: Phase[] = [];
let phase = startPhase("start");
let sent = 0;
let answered = 0;
let isEnding = false;

const timer = setInterval(() => {
  const due = ((performance.now() - began) / 1000) * order.perSecond;
  while (sent < due && sent - answered < mostInFlight) {
    ask(order.apps[sent % order.apps.length] ?? "", sent);
    sent += 1;
  }
}, tickMs);

function startPhase(name: string): Phase {
  const counts = { seconds: 0, failed: 0, resets: 0 };
  const next: Phase = { name, began: performance.now(), ...counts, latencies: [], examples: [] };
  phases.push(next);
  return next;
}

function endPhase(): void {
  phase.seconds = (performance.now() - phase.began) / 1000;
}

/** Every other round of the apps goes over kept connections. */
function ask(app: string, number: number): void {
  const sentAt = performance.now();
  const during = phase;
  const isKept = Math.floor(number / order.apps.length) % 2 === 0;
  const headers = { host: `${app}.${order.domain}` };
  const agent = isKept ? keepAlive : false;
  const request = get({ host: "127.0.0.1", port: order.port, headers, agent }, (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    response.once("error", (error) => end(`${response.statusCode}: ${error.message}`));
    response.once("end", () => {
      const isRight = response.statusCode === 200 && bodyOf.exec(body)?.[1] === app;
      end(isRight ? null : `${response.statusCode} ${body.slice(0, 100)}`);
    });
  });
  request.setTimeout(requestTimeoutMs, () => request.destroy(new Error("no answer in time")));
  request.once("error", (error) => {
    const isReset = request.reusedSocket && resetCodes.has(codeOf(error));
    during.resets += isReset ? 1 : 0;
    end(isReset ? null : error.message);
  });
  let isOver = false;

  function end(failure: string | null): void {
    if (isOver) {
      return;
    }
    isOver = true;
    answered += 1;
    during.latencies.push(performance.now() - sentAt);
    if (failure !== null) {
      during.failed += 1;
      if (during.examples.length < mostExamples) {
        during.examples.push(`${new Date().toISOString()} ${app}: ${failure}`);
      }
    }
    finishIfDone();
  }
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? "";
}

function reportOf(done: Phase): PhaseReport {
  const { name, seconds, latencies, failed, resets, examples } = done;
  const counts = { requests: latencies.length, failed, resets, examples };
  return { name, seconds, ...counts, ...latenciesOf(latencies) };
}

function finishIfDone(): void {
  if (isEnding && answered === sent) {
    isEnding = false;
    // One that was over at once has nothing to tell.
    tell({ reports: phases.filter(({ latencies }) => latencies.length > 0).map(reportOf) });
    keepAlive.destroy();
  }
}

function tell(message: FromGenerator): void {
  process.send?.(message);
}

process.on("message", (message: ToGenerator) => {
  endPhase();
  if (message.phase === null) {
    clearInterval(timer);
    isEnding = true;
    finishIfDone();
  } else {
    phase = startPhase(message.phase);
    tell({ begun: message.phase });
  }
});
// Whoever asked for the load has its report, or is gone.
process.on("disconnect", () => process.exit());
tell({ begun: "start" });
