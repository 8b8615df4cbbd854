import { homedir } from "node:os";
import type { Readable } from "node:stream";
import { badProject } from "../../errors.ts";
import type { Build } from "../../ports.ts";
import { type Command, run } from "../../system/process.ts";
import { systemPath } from "../../system/system-path.ts";
import { label } from "../labels.ts";
import type { Names } from "../names.ts";
import { filterTree } from "./build-tree.ts";
import { followCliBuild } from "./cli-build.ts";
import { createMask } from "./mask.ts";
import { ownArgs } from "./own-args.ts";

/** Names that would mean something to the docker CLI itself. */
const ownNames = /^(?:LD_\w+|DOCKER_\w+|BUILDX_\w+|BUILDKIT_HOST|PATH|HOME|GODEBUG|SSL_CERT_\w+)$/;
const secretPrefix = "GOKU_SECRET_";

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
  const body = build.ignore === null ? tree : filterTree(tree, build.ignore, build.dockerfile);
  const command = cliCommand(names, build, socket);
  await followCliBuild(
    (hear) => run({ ...command, ...hear, input: body, timeoutMs, signal }),
    mask,
    onLine,
    signal,
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
  const buildArgs = { ...build.args, ...ownArgs(names, build.app) };
  const options = {
    "--file": [build.dockerfile],
    "--tag": [names.image(build.app, build.version)],
    "--label": [`${label.instance}=${names.instance}`, `${label.app}=${build.app}`],
    "--build-arg": Object.keys(buildArgs),
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
      ...buildArgs,
      ...Object.fromEntries(secrets.map(([key, value]) => [secretPrefix + key, value])),
      PATH: systemPath,
      HOME: homedir(),
      DOCKER_HOST: `unix://${socket}`,
      BUILDX_BUILDER: "default",
    },
  };
}
