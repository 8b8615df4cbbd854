import type { GokuError } from "../../errors.ts";
import { badLine, quote } from "../bad-line.ts";
import { expand } from "./expand.ts";
import type { Instruction } from "./instructions.ts";
import { dockerfileName } from "../project-files.ts";
import type { Variables } from "./scope.ts";
import { lowerCase } from "./split-line.ts";
import { splitArguments } from "./white-space.ts";

/** What stands between one FROM and the next. */
export interface Stage {
  /** Lower case; null for a stage without a name. */
  readonly name: string | null;
  /** The stage this one begins from; null when that is an image. */
  readonly parent: Stage | null;
  /** The image or stage after FROM, its variables put in. */
  readonly base: string;
  /** Of the FROM line, from 1. */
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

const imagePattern = /^[a-z0-9][\w./:@[\]-]*$/i;

/** @param instructions from the first FROM on. @throws badProject for a FROM that names no image */
export function readStages(instructions: readonly Instruction[], variables: Variables): Stage[] {
  const stages: Stage[] = [];
  const byName = new Map<string, Stage>();
  let body: Instruction[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword !== "FROM") {
      body.push(instruction);
      continue;
    }
    body = [];
    const [image = "", as = "", label] = splitArguments(instruction.text);
    const base = baseOf(image, instruction.line, variables);
    // As Go compares without case, `ſ` is an `s`.
    const name = /^as$/iu.test(as) && label !== undefined ? lowerCase(label) : null;
    const parent = byName.get(base) ?? null;
    const stage = { name, parent, base, line: instruction.line, instructions: body };
    stages.push(stage);
    if (name !== null) {
      byName.set(name, stage);
    }
  }
  return stages;
}

/** The stage and those it inherits from, nearest first. */
export function lineage(stage: Stage): Stage[] {
  const stages: Stage[] = [];
  for (let at: Stage | null = stage; at !== null; at = at.parent) {
    stages.push(at);
  }
  return stages;
}

function baseOf(image: string, line: number, { global, escape }: Variables): string {
  const { value, problem } = expand(image, global, escape);
  if (problem !== null) {
    throw notAnImage(image, line, `: ${problem}`);
  }
  if (!imagePattern.test(value)) {
    throw notAnImage(image, line, value === image ? "" : `: it becomes ${quote(value)}`);
  }
  return value;
}

function notAnImage(image: string, line: number, why: string): GokuError {
  const fix = image.includes("$")
    ? "Give the variable a default above the first FROM, as in: ARG VERSION=1.0"
    : "Write an image after FROM, as in: FROM debian:12";
  const what = image === "" ? "FROM names no image" : `${quote(image)} is not an image${why}`;
  return badLine(dockerfileName, line, `${what}.`, fix);
}
