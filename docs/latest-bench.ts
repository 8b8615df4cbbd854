import { resolve } from "node:path";
import type { Latest } from "../bench/table.ts";
import { readFileIfAny } from "../src/system/file.ts";

/** What `npm run bench` measured last, on whichever machine; null before the first time. */
export async function latestBench(): Promise<Latest | null> {
  const text = await readFileIfAny(resolve(import.meta.dirname, "../bench/latest.json"));
  if (text === null) {
    return null;
  }
  const latest: Latest = JSON.parse(text);
  return latest;
}
