import { resolve } from "node:path";
import type { ScaleFigures } from "../bench/scale/figures.ts";
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

/** What `bench/scale.sh` measured last; null before the first time. */
export async function latestScale(): Promise<ScaleFigures | null> {
  const text = await readFileIfAny(resolve(import.meta.dirname, "../bench/scale.json"));
  if (text === null) {
    return null;
  }
  const figures: ScaleFigures = JSON.parse(text);
  return figures;
}
