import { ask } from "../test/support/ask.ts";

/** Milliseconds, over several runs. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function figureOf(values: readonly number[]): Figure {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (index: number) => Math.round((sorted[index] ?? Number.NaN) * 10) / 10;
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
}

/** One page, or an empty text where nothing answers. */
async function fetchPage(port: number, host: string, path: string): Promise<string> {
  try {
    return (await ask(port, host, path)).body;
  } catch {
    return "";
  }
}

/** Asks without a pause until the page has the text. @returns when that was, on performance.now()'s clock */
export async function firstSeen(
  port: number,
  host: string,
  text: string,
  path = "/",
): Promise<number> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    if ((await fetchPage(port, host, path)).includes(text)) {
      return performance.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`"${text}" was not seen on ${host} within a minute`);
}

/** From now until `work`, started at once, has made the text appear. */
export async function timeToSeen(
  work: () => Promise<unknown>,
  port: number,
  host: string,
  text: string,
  path = "/",
): Promise<number> {
  const began = performance.now();
  const [seen] = await Promise.all([firstSeen(port, host, text, path), work()]);
  return seen - began;
}
