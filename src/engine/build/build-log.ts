import { stripVTControlCharacters } from "node:util";
import { type LineCutter, lineCutter } from "../../system/cut-lines.ts";
import type { Status, Vertex, VertexLog } from "./status.ts";
import { withoutEnd } from "../../without-end.ts";

/** The step that ended a build, and the last it said. */
export interface FailedStep {
  readonly name: string;
  readonly error: string;
  readonly lastLines: readonly string[];
}

export const lastLinesKept = 30;
const longestName = 200;
/** All but the tab. */
const controlCharacters = /(?!\t)\p{Cc}/gu;

/** Steps of BuildKit's own, which say nothing about the project; with several targets, `[NAME internal]` or `[NAME] exporting`. */
const housekeeping =
  /^(?:\[(?:[\w.-]+ )?(?:internal|auth)\]|\[[\w.-]+ context [^\]]+\]|(?:\[[\w.-]+\] )?(?:copy \/context|exporting |resolve image config|building with |sending tarball|importing to docker|resolving provenance))/;

interface Step {
  name: string;
  announced: boolean;
  error: string;
  readonly cutter: LineCutter;
  lastLines: string[];
}

/**
 * A build told calmly: each step once, when it begins, and what it prints as it comes. Steps that run side by side
 * are named again where their output changes over.
 */
export function createBuildLog(onLine: (line: string) => void) {
  const steps = new Map<string, Step>();
  let speaking: string | null = null;

  function stepOf(digest: string): Step {
    const step = steps.get(digest) ?? {
      name: "",
      announced: false,
      error: "",
      cutter: lineCutter(),
      lastLines: [],
    };
    steps.set(digest, step);
    return step;
  }

  function addVertex(vertex: Vertex): void {
    const step = stepOf(vertex.digest);
    step.name = vertex.name === "" ? step.name : cleanName(vertex.name);
    step.error = vertex.error === "" ? step.error : vertex.error;
    if (vertex.started && !step.announced) {
      step.announced = true;
      if (!housekeeping.test(step.name)) {
        speaking = vertex.digest;
        onLine(vertex.cached ? `${step.name} (cached)` : step.name);
      }
    }
    if (vertex.completed) {
      say(vertex.digest, step, step.cutter.end());
    }
  }

  function addLog({ vertex, text }: VertexLog): void {
    const step = stepOf(vertex);
    say(vertex, step, step.cutter.add(text));
  }

  function say(digest: string, step: Step, lines: readonly string[]): void {
    const clean = lines.map(cleanLine);
    step.lastLines = [...step.lastLines, ...clean].slice(-lastLinesKept);
    if (clean.length > 0 && !housekeeping.test(step.name)) {
      if (speaking !== digest) {
        speaking = digest;
        onLine(`${step.name} (goes on)`);
      }
      clean.forEach(onLine);
    }
  }

  return {
    add({ vertexes, logs }: Status): void {
      vertexes.forEach(addVertex);
      logs.forEach(addLog);
    },
    /** Null when no step has failed. Steps cancelled because of another do not count. */
    failedStep(): FailedStep | null {
      const failed = [...steps.values()].filter(({ error }) => error !== "");
      const step = failed.find(({ error }) => !error.includes("context canceled")) ?? failed[0];
      if (step === undefined) {
        return null;
      }
      const { cutter, error, lastLines, name } = step;
      return { name, error, lastLines: [...lastLines, ...cutter.end().map(cleanLine)] };
    },
  };
}

/** Of a progress bar, which goes back to the line's beginning again and again, the last state is shown. */
function cleanLine(line: string): string {
  const shown = withoutEnd(line, /\r/).split("\r").at(-1) ?? "";
  return stripVTControlCharacters(shown).replaceAll(controlCharacters, "");
}

/** As people write it: without the registry that is the usual one, and the digest that BuildKit found there. */
function cleanName(name: string): string {
  const line = name
    .replaceAll(/\s+/g, " ")
    .replaceAll("docker.io/library/", "")
    .replace(/@sha256:[0-9a-f]{64}/, "");
  return line.length > longestName ? `${line.slice(0, longestName)}...` : line;
}
