import type Docker from "dockerode";
import { dockerUnavailable } from "../../errors.ts";

type Dial = Docker["modem"]["dial"];
type Call = Parameters<Dial>[0];

/** How long Docker may take to answer a call whose answer does not depend on anybody's process. */
export interface TimeLimits {
  /** For a question. */
  readonly lookMs: number;
  /** For a change: a volume of many files is filled with the first container, and removed with the last. */
  readonly changeMs: number;
}

export const timeLimits: TimeLimits = { lookMs: 2 * 60_000, changeMs: 10 * 60_000 };

/** Docker answers when a process has ended, which may take as long as it likes. */
const lasting = /^\/containers\/[^/]+\/(?:wait|stop|restart)(?:\?|$)/;

/** Milliseconds; null for a stream, and for the end of a process. */
export function limitOf(call: Call, limits: TimeLimits): number | null {
  const { method, path, file } = call;
  const isStream = call.isStream ?? call.hijack ?? call.openStdin ?? false;
  if (isStream || file !== undefined || lasting.test(path)) {
    return null;
  }
  return method === "GET" || method === "HEAD" ? limits.lookMs : limits.changeMs;
}

/**
 * The same calls, of which one that takes too long is given up and fails with dockerUnavailable. The modem's own
 * `timeout` is of no use: it cuts whatever is silent, a log that is followed or a slow step of a build as well.
 */
export function withTimeLimits(dial: Dial, limits: TimeLimits): Dial {
  return (call, callback) => {
    const ms = limitOf(call, limits);
    if (ms === null) {
      dial(call, callback);
      return;
    }
    const overdue = new AbortController();
    const signals = [overdue.signal, ...(call.abortSignal ? [call.abortSignal] : [])];
    let isOver = false;
    const end: typeof callback = (error, result) => {
      clearTimeout(timer);
      if (!isOver) {
        isOver = true;
        callback?.(error, result);
      }
    };
    const timer = setTimeout(() => {
      const [path] = call.path.split("?");
      // Not left to the abort: the modem says nothing where an answer broke off in the middle.
      end(
        dockerUnavailable(new Error(`${call.method} ${path} took more than ${ms / 1000} s`)),
        null,
      );
      overdue.abort();
    }, ms);
    dial({ ...call, abortSignal: AbortSignal.any(signals) }, end);
  };
}
