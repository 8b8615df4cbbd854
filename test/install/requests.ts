import { get } from "node:http";

export interface Page {
  readonly address: string;
  readonly port: number;
  /** The host name it is asked for by. */
  readonly host: string;
}

export interface Tally {
  answered: number;
  /** Why, for each that didn't get the page, whole and with status 200. */
  readonly failed: string[];
}

const everyMs = 20;
const patienceMs = 10_000;

/** Asks for the page 50 times a second, by a connection of its own each time, for as long as the work goes on. */
export async function requestsDuring(page: Page, work: () => Promise<void>): Promise<Tally> {
  const tally: Tally = { answered: 0, failed: [] };
  const open = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const request = count(page, tally).finally(() => open.delete(request));
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

async function count(page: Page, tally: Tally): Promise<void> {
  try {
    await ask(page);
    tally.answered += 1;
  } catch (error) {
    tally.failed.push(String(error));
  }
}

/** @returns the body of a page that answers with status 200 */
export function ask({ address, port, host }: Page): Promise<string> {
  return new Promise((done, reject) => {
    const options = { host: address, port, headers: { host }, agent: false, timeout: patienceMs };
    const request = get(options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.once("error", reject);
      response.once("end", () =>
        response.statusCode === 200
          ? done(body)
          : reject(new Error(`status ${response.statusCode}`)),
      );
    });
    request.once("timeout", () => request.destroy(new Error(`no answer for ${patienceMs} ms`)));
    request.once("error", reject);
  });
}
