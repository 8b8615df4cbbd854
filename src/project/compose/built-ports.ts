import { isGokuError } from "../../errors.ts";
import { exposedPorts as portsOfStage } from "../dockerfile/exposed-ports.ts";
import { longestTogether, type ReadDockerfile } from "./dockerfiles.ts";
import type { ComposeModel } from "./model.ts";

/**
 * TCP ports that a Dockerfile exposes, in the order of its lines. None where it cannot be understood: the build says more
 * about that than could be said here.
 * @param target stage to build; the last one where there is none of that name
 */
export function exposedPorts(dockerfile: ReadDockerfile, target?: string): number[] {
  const { stages, variables } = dockerfile;
  const wanted = target?.toLowerCase();
  const stage =
    stages?.find(({ name }) => name !== null && name === wanted) ?? stages?.at(-1) ?? null;
  try {
    return stage === null ? [] : portsOfStage(stage, variables).map(({ port }) => port);
  } catch (error) {
    if (isGokuError(error)) {
      return [];
    }
    throw error;
  }
}

/** EXPOSE by service that is built. As much as is read of different files is read of stages of one. */
export function exposedByService(
  model: ComposeModel,
  dockerfiles: ReadonlyMap<string, ReadDockerfile>,
): Map<string, number[]> {
  const known = new Map<ReadDockerfile, Map<string | undefined, number[]>>();
  let left = longestTogether;
  const portsOf = (dockerfile: ReadDockerfile, target: string | undefined): number[] => {
    const ofFile = known.get(dockerfile) ?? new Map<string | undefined, number[]>();
    const before = ofFile.get(target);
    if (before !== undefined) {
      return before;
    }
    left -= dockerfile.length;
    const ports = left < 0 ? [] : exposedPorts(dockerfile, target);
    known.set(dockerfile, ofFile.set(target, ports));
    return ports;
  };
  return new Map(
    [...dockerfiles].map(([name, dockerfile]) => [
      name,
      portsOf(dockerfile, model.services[name]?.build?.target),
    ]),
  );
}
