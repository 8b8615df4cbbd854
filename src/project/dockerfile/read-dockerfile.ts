import { badProject } from "../../errors.ts";
import { baseImages, mountsFromClient, triggerImages } from "./base-images.ts";
import { exposedPorts, type ExposedPort } from "./exposed-ports.ts";
import type { DockerfileLines } from "./instructions.ts";
import { dockerfileName } from "../project-files.ts";
import { readGlobals } from "./scope.ts";
import { readStages } from "./stages.ts";

/** What the instructions of a Dockerfile say. */
export interface Dockerfile {
  readonly exposed: readonly ExposedPort[];
  readonly baseImages: readonly string[];
  readonly triggerImages: readonly string[];
  readonly needsCli: boolean;
}

/**
 * @param buildArgs values that the build will be given for its ARGs
 * @throws badProject where there is no FROM, or a FROM or EXPOSE that cannot be understood
 */
export function readDockerfile(
  { instructions, escape, hasSyntaxLine }: DockerfileLines,
  buildArgs: Readonly<Record<string, string>>,
): Dockerfile {
  const firstFrom = instructions.findIndex(({ keyword }) => keyword === "FROM");
  const variables = readGlobals(instructions.slice(0, Math.max(firstFrom, 0)), buildArgs, escape);
  const stages = firstFrom === -1 ? [] : readStages(instructions.slice(firstFrom), variables);
  const final = stages.at(-1);
  if (final === undefined) {
    throw badProject(
      `The ${dockerfileName} has no FROM line.`,
      "Begin it with the image to build on, as in: FROM debian:12",
    );
  }
  return {
    exposed: exposedPorts(final, variables),
    baseImages: baseImages(stages),
    triggerImages: triggerImages(stages),
    needsCli: hasSyntaxLine || instructions.some(mountsFromClient),
  };
}
