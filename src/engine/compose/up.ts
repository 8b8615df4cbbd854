import { badProject, type GokuError, imageGone } from "../../errors.ts";
import { CommandFailed, type CommandResult } from "../../system/process.ts";
import { engineRun } from "./build-services.ts";
import type { ComposeCommand } from "./compose-command.ts";
import { readSaid } from "./said.ts";

export const creationTimeoutMs = 120_000;
const noImage = /\bNo such image: sha256:/;
const begun = /^ Container \S+ +Creating$/gm;

/** How a creation by docker compose ended. */
export interface Up {
  /** Containers it began to create. */
  readonly begun: number;
  /** Null where it created all of them. */
  readonly problem: GokuError | null;
}

/** `--scale` says how many there are to be in all: docker compose takes away what is beyond it. */
export function upArgs(services: readonly string[], scales: readonly string[]): string[] {
  return [
    "--progress=plain",
    "up",
    "--no-start",
    "--no-build",
    "--no-deps",
    "--no-recreate",
    ...scales.flatMap((scale) => ["--scale", scale]),
    ...services,
  ];
}

/**
 * Lets docker compose create containers. Nothing ends it before its time: Docker would go on creating what it was told
 * to, unseen by whoever cleans up.
 */
export async function up(
  { compose, socket }: { readonly compose: ComposeCommand; readonly socket: string },
  app: string,
  args: readonly string[],
  definition: unknown,
): Promise<Up> {
  try {
    const result = await compose.run({
      ...engineRun(socket, args, definition),
      timeoutMs: creationTimeoutMs,
    });
    return { begun: countBegun(result), problem: problemOf(app, result) };
  } catch (error) {
    if (!(error instanceof CommandFailed)) {
      throw error;
    }
    return {
      begun: countBegun(error.result),
      problem: badProject(
        `docker compose did not come to an end with creating the containers (it has ${creationTimeoutMs / 1000} s).`,
        "See whether Docker is well (docker ps), and run the same command again.",
      ),
    };
  }
}

function countBegun({ stderr }: CommandResult): number {
  return stderr.match(begun)?.length ?? 0;
}

function problemOf(app: string, { exitCode, stderr }: CommandResult): GokuError | null {
  if (exitCode === 0) {
    return null;
  }
  const { failure } = readSaid(stderr);
  if (noImage.test(failure)) {
    return imageGone(`An image of ${app}`, app);
  }
  return badProject(
    `docker compose does not create the containers: ${failure === "" ? "it gave no reason" : failure}.`,
    "Correct the compose file and push again.",
  );
}
