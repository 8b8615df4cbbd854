import { Agent, get } from "node:http";

/** One request, as the client saw it. Times are those of `performance.now()`. */
export interface Seen {
  readonly sentAt: number;
  readonly ms: number;
  /** 0 when there was no answer. */
  readonly status: number;
  /** What the body is, by the test's own reading; null for one that is not whole or not known. */
  readonly content: string | null;
  /** Why there was no whole answer; null when there was one. */
  readonly error: string | null;
  /**
   * nginx closed the kept connection while the request was on its way: HTTP has clients ask again on a new one then
   * (RFC 9112, 9.3.1), and so does this one.
   */
  readonly askedAgain: boolean;
}

export interface LoadOptions {
  readonly port: number;
  readonly host: string;
  readonly path?: string;
  readonly perSecond: number;
  /** At most so many are under way, where each costs more than a page: the next ones wait. */
  readonly inFlight?: number;
  /** Which known body this is; null for none: cut short, or another's. */
  readonly read: (body: string) => string | null;
}

export interface Load {
  /** What was seen so far, in the order of the answers. */
  readonly seen: readonly Seen[];
  /** Resolves when `count` more requests were answered. */
  more(count: number): Promise<void>;
  /** Stops asking, waits for the last answers. */
  end(): Promise<readonly Seen[]>;
}

/** More under way than this, and the machine cannot keep up: the next ones wait. */
const mostInFlight = 150;
const requestTimeoutMs = 30_000;
const tickMs = 2;

/** Asks at a steady rate, every other request on a connection of its own. */
export function startLoad(options: LoadOptions): Load {
  const { perSecond, inFlight = mostInFlight } = options;
  const keepAlive = new Agent({ keepAlive: true });
  const seen: Seen[] = [];
  const began = performance.now();
  let sent = 0;
  let waiters: { readonly count: number; readonly resolve: () => void }[] = [];

  function note(one: Seen): void {
    seen.push(one);
    waiters.filter(({ count }) => seen.length >= count).forEach(({ resolve }) => resolve());
    waiters = waiters.filter(({ count }) => seen.length < count);
  }

  const timer = setInterval(() => {
    const due = ((performance.now() - began) / 1000) * perSecond;
    while (sent < due && sent - seen.length < inFlight) {
      sent++;
      void ask(options, sent % 2 === 0 ? keepAlive : false).then(note);
    }
  }, tickMs);

  const answered = (count: number) =>
    seen.length >= count
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiters.push({ count, resolve }));

  return {
    seen,
    more: (count) => answered(seen.length + count),
    async end() {
      clearInterval(timer);
      await answered(sent);
      keepAlive.destroy();
      return seen;
    },
  };
}

type Answer = Pick<Seen, "status" | "content" | "error"> & { readonly wasReused: boolean };

async function ask(options: LoadOptions, agent: Agent | false): Promise<Seen> {
  const sentAt = performance.now();
  const first = await askOnce(options, agent);
  const askedAgain = first.wasReused && first.status === 0;
  const { wasReused: _, ...answer } = askedAgain ? await askOnce(options, false) : first;
  return { sentAt, ms: performance.now() - sentAt, ...answer, askedAgain };
}

function askOnce(options: LoadOptions, agent: Agent | false): Promise<Answer> {
  const { port, host, path = "/", read } = options;
  return new Promise((resolve) => {
    const headers = { host };
    const request = get({ host: "127.0.0.1", port, path, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", (error) => end(response.statusCode ?? 0, null, error.message));
      response.once("end", () => {
        const content = read(Buffer.concat(chunks).toString());
        end(response.statusCode ?? 0, content, null);
      });
    });
    const end = (status: number, content: string | null, error: string | null) =>
      resolve({ status, content, error, wasReused: request.reusedSocket });
    request.setTimeout(requestTimeoutMs, () => request.destroy(new Error("no answer in time")));
    request.once("error", (error) => end(0, null, error.message));
  });
}

/** Whatever was not answered with 200 and a whole, known body. */
export function failures(seen: readonly Seen[]): readonly Seen[] {
  return seen.filter(({ status, content, error }) => {
    return status !== 200 || content === null || error !== null;
  });
}

/** `5321 requests, 198 a second, median 1.2 ms, worst 40 ms` */
export function summary(seen: readonly Seen[]): string {
  const times = seen.map(({ ms }) => ms).sort((one, other) => one - other);
  const first = Math.min(...seen.map(({ sentAt }) => sentAt));
  const last = Math.max(...seen.map(({ sentAt }) => sentAt));
  const rate = seen.length / Math.max(0.001, (last - first) / 1000);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  const worst = times.at(-1) ?? 0;
  const again = seen.filter(({ askedAgain }) => askedAgain).length;
  return (
    `${seen.length} requests, ${rate.toFixed(0)} a second, median ${median.toFixed(1)} ms, ` +
    `worst ${worst.toFixed(0)} ms, ${again} asked again`
  );
}
