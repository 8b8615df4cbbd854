import { isGokuError } from "../../errors.ts";
import { imagesOfAllStages, triggerImages } from "../dockerfile/base-images.ts";
import { foreignFrontend, frontendArg } from "../dockerfile/frontend.ts";
import { readInstructions } from "../dockerfile/instructions.ts";
import { readGlobals, type Variables } from "../dockerfile/scope.ts";
import { readStages, type Stage } from "../dockerfile/stages.ts";
import { plain } from "./dollars.ts";
import type { ComposeModel, ModelService } from "./model.ts";

type ModelBuild = NonNullable<ModelService["build"]>;

/** A Dockerfile with the arguments of one build. */
export interface ReadDockerfile {
  /** Characters of its text. */
  readonly length: number;
  /** Somebody's image that the build is left to; null for none. */
  readonly frontend: string | null;
  /** None in what is no Dockerfile: the build says so. Null where it is not clear what it says. */
  readonly stages: readonly Stage[] | null;
  readonly variables: Variables;
  /** Of all stages, since `target` can be any. */
  readonly images: readonly string[];
}

/** In characters, as for the Dockerfile of an app without a compose file. */
export const longestDockerfile = 128 * 1024;

/** In characters, of all that differ: reading them takes time in which the daemon does nothing else. */
export const longestTogether = 1024 * 1024;

/**
 * Dockerfiles by service that is built from one, each read once. Those that are too long, alone or together, are left out.
 * @param texts by service, as far as they could be read (`dockerfilesOf`); inline ones are in the model
 */
export function readDockerfiles(
  model: ComposeModel,
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, ReadDockerfile> {
  const known = new Map<string, ReadDockerfile>();
  let left = longestTogether;
  return new Map(
    Object.entries(model.services).flatMap(([name, { build }]) => {
      const text = build ? textOf(build, texts.get(name)) : undefined;
      if (!build || text === undefined || text.length > longestDockerfile) {
        return [];
      }
      const args = argsOf(build);
      const key = `${JSON.stringify(args)}\n${text}`;
      const before = known.get(key);
      if (before !== undefined) {
        return [[name, before]];
      }
      left -= text.length;
      if (left < 0) {
        return [];
      }
      const read = readDockerfile(text, args);
      known.set(key, read);
      return [[name, read]];
    }),
  );
}

export function readDockerfile(raw: string, args: Variables["given"] = {}): ReadDockerfile {
  const text = raw.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const read = {
    length: text.length,
    frontend: foreignFrontend(text, args[frontendArg]),
    variables: { global: new Map(), given: args, escape: "\\" },
    images: [],
  };
  try {
    const { instructions, escape } = readInstructions(text);
    const first = instructions.findIndex(({ keyword }) => keyword === "FROM");
    if (first === -1) {
      return { ...read, stages: [] };
    }
    const variables = readGlobals(instructions.slice(0, first), args, escape);
    const stages = readStages(instructions.slice(first), variables);
    const images = [...new Set([...imagesOfAllStages(stages), ...triggerImages(stages)])];
    return { ...read, stages, variables, images };
  } catch (error) {
    if (isGokuError(error)) {
      return { ...read, stages: null };
    }
    throw error;
  }
}

function textOf({ dockerfile_inline: inline }: ModelBuild, text: string | undefined) {
  return inline === undefined ? text : plain(inline);
}

/** Those without a value are not given to the build. */
function argsOf({ args }: ModelBuild): Record<string, string> {
  return Object.fromEntries(
    Object.entries(args ?? {}).flatMap(([key, value]) =>
      value === null ? [] : [[key, plain(value)]],
    ),
  );
}
