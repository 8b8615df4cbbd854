import { type ClientRequest, get } from "node:http";

export interface Tally {
  answered: number;
  /** Why, for each that got no whole answer. */
  readonly failed: string[];
}

const everyMs = 5;

/** Asks for a page 200 times a second, each time by a connection of its own, for as long as the work goes on. */
export async function requestsDuring(url: URL, work: () => Promise<void>): Promise<Tally> {
  const tally: Tally = { answered: 0, failed: [] };
  const open = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const request = ask(url, tally).finally(() => open.delete(request));
    open.add(request);
  }, everyMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
    await Promise.all(open);
  }
  return tally;
}

function ask(url: URL, tally: Tally): Promise<void> {
  return new Promise((done) => {
    const fail = (reason: string) => {
      tally.failed.push(reason);
      done();
    };
    const request: ClientRequest = get(url, { agent: false, timeout: 10_000 }, (response) => {
      response.resume();
      response.once("error", (error) => fail(error.message));
      response.once("end", () => {
        tally.answered += 1;
        done();
      });
    });
    request.once("timeout", () => request.destroy(new Error("no answer for 10 s")));
    request.once("error", (error) => fail(error.message));
  });
}
