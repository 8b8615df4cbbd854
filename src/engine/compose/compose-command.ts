import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { composeMissing, composeTooOld } from "../../errors.ts";
import { hasErrno } from "../../system/errno.ts";
import { type Command, CommandFailed, type CommandResult, run } from "../../system/process.ts";
import { systemPath } from "../../system/system-path.ts";

/** The first whose `config` prints what Goku reads, and which takes `--no-recreate` with `--scale` and image ids. */
const oldest = { major: 2, minor: 20 };
const versionTimeoutMs = 10_000;

/**
 * buildx asks git about a build's folder, and a folder of the repository may look like a git repository with settings that
 * name programs to run.
 */
export const noGit = {
  BUILDX_GIT_INFO: "false",
  BUILDX_GIT_LABELS: "false",
  BUILDX_GIT_CHECK_DIRTY: "false",
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "safe.bareRepository",
  GIT_CONFIG_VALUE_0: "explicit",
};

/** Where the docker CLI looks for its plugins, those first that every user may read. */
const pluginFolders = [
  "/usr/local/lib/docker/cli-plugins",
  "/usr/local/libexec/docker/cli-plugins",
  "/usr/lib/docker/cli-plugins",
  "/usr/libexec/docker/cli-plugins",
  join(homedir(), ".docker/cli-plugins"),
];

/** A Goku that is killed leaves no docker compose at work, which would build or create on for nobody. */
const untilWeEnd = ["--pdeathsig", "KILL"];

export type ComposeCommand = ReturnType<typeof createComposeCommand>;

/** What a run of docker compose needs besides its arguments. */
export type ComposeRun = Omit<Command, "file"> & {
  /** Most memory it may ask for, in bytes. */
  readonly memory?: number;
};

/**
 * docker compose as a program. The plugin is started directly where it can be found: by way of `docker` it takes 50 ms
 * more each time (100 instead of 50).
 */
export function createComposeCommand(
  folders: readonly string[] = pluginFolders,
  docker: string = "docker",
) {
  let found: Promise<readonly string[]> | null = null;

  /** The argv to begin with; looked for once, and again after a failure. @throws composeMissing, composeTooOld */
  function find(): Promise<readonly string[]> {
    found ??= locate(folders, docker).catch((error: unknown) => {
      found = null;
      throw error;
    });
    return found;
  }

  return {
    find,
    async run(command: ComposeRun): Promise<CommandResult> {
      const { memory, ...rest } = command;
      const limit = memory === undefined ? [] : ["prlimit", `--as=${memory}`];
      const args = [...untilWeEnd, ...limit, ...(await find()), ...command.args];
      return run({ ...rest, file: "setpriv", args });
    },
  };
}

async function locate(folders: readonly string[], docker: string): Promise<readonly string[]> {
  const plugin = await firstExecutable(folders.map((folder) => join(folder, "docker-compose")));
  const argv = plugin === null ? [docker, "compose"] : [plugin];
  const version = await askVersion(argv);
  if (version === null) {
    throw composeMissing();
  }
  if (isTooOld(version)) {
    throw composeTooOld(version);
  }
  return argv;
}

async function firstExecutable(paths: readonly string[]): Promise<string | null> {
  for (const each of paths) {
    try {
      await access(each, constants.X_OK);
      return each;
    } catch (error) {
      if (!hasErrno(error, "ENOENT", "ENOTDIR", "EACCES")) {
        throw error;
      }
    }
  }
  return null;
}

/** Null where nothing answers to `compose`. */
async function askVersion([file = "", ...first]: readonly string[]): Promise<string | null> {
  try {
    const { exitCode, stdout } = await run({
      file,
      args: [...first, "version", "--short"],
      env: { PATH: systemPath, HOME: homedir() },
      timeoutMs: versionTimeoutMs,
    });
    return exitCode === 0 ? stdout.trim() : null;
  } catch (error) {
    if (error instanceof CommandFailed) {
      return null;
    }
    throw error;
  }
}

/** `2.26.1-4`, `v2.20.0`, `1.29.2`; what is no version passes, as a build of somebody's own. */
export function isTooOld(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major === undefined || minor === undefined) {
    return false;
  }
  return major < oldest.major || (major === oldest.major && minor < oldest.minor);
}
