import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  goOnFile,
  type Phase,
  type Plan,
  planFile,
  type Point,
  pointsFile,
  reachedFile,
  samePoint,
} from "./point.ts";

/** One call on its way, to be told of its phases. */
export interface Passing {
  pass(phase: Phase): void;
}

const still = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const lookMs = 5;

const nobody: Passing = { pass: () => undefined };

/** Counts calls while a plan lies in the folder, and does as it says. The functions of `fs` are taken before they are replaced. */
export function createPassings(folder: string): (label: () => string) => Passing {
  const file = join(folder, planFile);
  let readAt = 0;
  let plan: Plan | null = null;
  let counts = new Map<string, number>();

  const readPlan = () => {
    const at = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (at !== readAt) {
      readAt = at;
      plan = at === 0 ? null : JSON.parse(readFileSync(file, "utf8"));
      counts = new Map();
    }
    return plan;
  };

  const reach = (point: Point, by: Plan) => {
    if ("record" in by) {
      appendFileSync(join(folder, pointsFile), `${JSON.stringify(point)}\n`);
    } else if (samePoint(by.at, point)) {
      writeFileSync(join(folder, reachedFile), "");
      if (by.how === "die") {
        process.kill(process.pid, "SIGKILL");
      }
      // The whole process stands still.
      while (statSync(join(folder, goOnFile), { throwIfNoEntry: false }) === undefined) {
        Atomics.wait(still, 0, 0, lookMs);
      }
    }
  };

  return (label) => {
    const by = readPlan();
    if (by === null) {
      return nobody;
    }
    const text = label();
    const nth = (counts.get(text) ?? 0) + 1;
    counts.set(text, nth);
    return { pass: (phase) => reach({ label: text, nth, phase }, by) };
  };
}
