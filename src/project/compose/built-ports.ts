import { isGokuError } from "../../errors.ts";
import { exposedPorts as portsOfStage } from "../dockerfile/exposed-ports.ts";
import { readInstructions } from "../dockerfile/instructions.ts";
import { readGlobals } from "../dockerfile/scope.ts";
import { readStages } from "../dockerfile/stages.ts";
import { plain } from "./dollars.ts";
import type { ComposeModel } from "./model.ts";

/** What the compose file says about a build that its ports depend on. */
export interface BuildOptions {
  readonly args?: Readonly<Record<string, string>>;
  /** Stage to build; the last one if absent. */
  readonly target?: string;
}

/** As for the Dockerfile of an app without a compose file. */
const longestDockerfile = 128 * 1024;

/**
 * TCP ports that a Dockerfile exposes, in the order of its lines. None where it cannot be understood: the build says more
 * about that than could be said here.
 */
export function exposedPorts(text: string, { args = {}, target }: BuildOptions = {}): number[] {
  if (text.length > longestDockerfile) {
    return [];
  }
  try {
    const lines = readInstructions(text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"));
    const firstFrom = lines.instructions.findIndex(({ keyword }) => keyword === "FROM");
    if (firstFrom === -1) {
      return [];
    }
    const variables = readGlobals(lines.instructions.slice(0, firstFrom), args, lines.escape);
    const stages = readStages(lines.instructions.slice(firstFrom), variables);
    const wanted = target?.toLowerCase();
    const stage = stages.find(({ name }) => name !== null && name === wanted) ?? stages.at(-1);
    return stage === undefined ? [] : portsOfStage(stage, variables).map(({ port }) => port);
  } catch (error) {
    if (isGokuError(error)) {
      return [];
    }
    throw error;
  }
}

/**
 * EXPOSE by service that is built.
 * @param texts Dockerfiles by service, as far as they could be read (`dockerfilesOf`); inline ones are in the model
 */
export function exposedByService(
  model: ComposeModel,
  texts: Readonly<Record<string, string>>,
): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(model.services).flatMap(([name, { build }]) => {
      const inline = build?.dockerfile_inline;
      const text = inline === undefined ? texts[name] : plain(inline);
      if (!build || text === undefined) {
        return [];
      }
      const args = Object.entries(build.args ?? {}).flatMap(([key, value]) =>
        value === null ? [] : [[key, plain(value)]],
      );
      return [[name, exposedPorts(text, { args: Object.fromEntries(args), target: build.target })]];
    }),
  );
}
