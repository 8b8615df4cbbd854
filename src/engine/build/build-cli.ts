import { homedir } from "node:os";
import type { Readable } from "node:stream";
import { badProject } from "../../errors.ts";
import type { Build } from "../../ports.ts";
import { type Command, CommandFailed, run } from "../../system/process.ts";
import { label } from "../labels.ts";
import type { Names } from "../names.ts";
import { describeFailure } from "./build-failure.ts";
import { createBuildLog } from "./build-log.ts";
import { filterTree } from "./build-tree.ts";
import { createMask } from "./mask.ts";
import { createPlainReader } from "./plain-log.ts";

/** Names that would mean something to the docker CLI itself. */
const ownNames = /^(?:LD_\w+|DOCKER_\w+|BUILDX_\w+|BUILDKIT_HOST|PATH|HOME|GODEBUG|SSL_CERT_\w+)$/;
const secretPrefix = "GOKU_SECRET_";
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** BuildKit's summary, after everything has been told step by step. */
const summary = /^ERROR: (.*)$/;

/**
 * Builds with the docker CLI, which keeps a session with BuildKit for secrets, SSH, `# syntax=` and logins that a
 * credential helper keeps. The image has its name afterwards.
 */
export async function buildByCli(
  names: Names,
  build: Build,
  tree: Readable,
  socket: string,
  timeoutMs: number,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const mask = createMask(build.secrets);
  const log = createBuildLog((line) => onLine(mask(line)));
  const read = createPlainReader();
  let problem = "the docker CLI gave no reason";
  const body = build.ignore === null ? tree : filterTree(tree, build.ignore, build.dockerfile);
  const command = cliCommand(names, build, socket);
  try {
    const { exitCode } = await run({
      ...command,
      input: body,
      timeoutMs,
      signal,
      onLine: (line) => {
        const status = read(line);
        problem = summary.exec(line)?.[1] ?? problem;
        if (status !== null) {
          log.add(status);
        }
      },
    });
    if (exitCode === 0) {
      return;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CommandFailed)) {
      throw error;
    }
    problem = error.message;
  }
  const step = log.failedStep();
  throw describeFailure(
    mask(problem),
    step === null
      ? null
      : { ...step, error: mask(step.error), lastLines: step.lastLines.map(mask) },
  );
}

/**
 * Secrets and arguments are in the environment of this one process, never in its argv.
 * @throws badProject for an argument whose name would steer the CLI
 */
export function cliCommand(
  names: Names,
  build: Build,
  socket: string,
): Pick<Command, "file" | "args" | "env"> {
  const taken = Object.keys(build.args).find((key) => ownNames.test(key));
  if (taken !== undefined) {
    throw badProject(
      `# BUILD_ARG ${taken} cannot be given to a build that needs the docker CLI.`,
      `Call the config var something else than ${taken}.`,
    );
  }
  const secrets = Object.entries(build.secrets);
  const options = {
    "--file": [build.dockerfile],
    "--tag": [names.image(build.app, build.version)],
    "--label": [`${label.instance}=${names.instance}`, `${label.app}=${build.app}`],
    "--build-arg": Object.keys(build.args),
    "--secret": secrets.map(([key]) => `id=${key},env=${secretPrefix}${key}`),
  };
  return {
    file: "docker",
    args: [
      "buildx",
      "build",
      "--progress=plain",
      "--load",
      ...Object.entries(options).flatMap(([option, values]) =>
        values.flatMap((value) => [option, value]),
      ),
      "-",
    ],
    env: {
      ...build.args,
      ...Object.fromEntries(secrets.map(([key, value]) => [secretPrefix + key, value])),
      PATH: path,
      HOME: homedir(),
      DOCKER_HOST: `unix://${socket}`,
      BUILDX_BUILDER: "default",
    },
  };
}
