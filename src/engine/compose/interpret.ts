import { chmod, chown, realpath, rm, stat, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { badProject, messageOf } from "../../errors.ts";
import type { ComposeSource, Interpreted } from "../../compose-ports.ts";
import { hasErrno } from "../../system/errno.ts";
import { CommandFailed, type CommandResult } from "../../system/process.ts";
import { systemPath } from "../../system/system-path.ts";
import type { Log } from "../../system/log.ts";
import { createMask } from "../build/mask.ts";
import { cleanUp } from "../../system/clean-up.ts";
import type { Names } from "../names.ts";
import { type ComposeCommand, noGit } from "./compose-command.ts";
import { formatEnvFile } from "./env-file.ts";
import { hintFor } from "./hint.ts";
import { readSaid, shownWarnings } from "./said.ts";
import { makeVarsFolder } from "./vars-folders.ts";

export const interpretTimeoutMs = 30_000;
/** For 200 services 1.5 GB of address space do; `env_file: /dev/zero` and the like would take all there is. */
export const interpretMemory = 2 * 2 ** 30;
/** How Go ends a program that has no memory left. */
const outOfMemory = /^(?:fatal error|runtime): .*(?:out of memory|cannot allocate)/m;

/**
 * Lets docker compose say what a file means, as the user that owns the tree: what that one may not read does not get into
 * it. Vars are in a file of that user's, since an argv is for everybody to see, and gone afterwards.
 */
export async function interpret(
  compose: ComposeCommand,
  names: Names,
  source: ComposeSource,
  log: Log,
  signal: AbortSignal,
): Promise<Interpreted> {
  await compose.find();
  signal.throwIfAborted();
  const tree = await realpath(source.tree.folder);
  const [hasDotEnv] = await Promise.all([
    isFile(join(tree, ".env")),
    expectInside(tree, source.file),
  ]);
  const vars = formatEnvFile(source.vars);
  const folder = await makeVarsFolder(names.instance);
  const varsFile = join(folder, "vars");
  try {
    await writePrivate(folder, varsFile, vars.text, source.tree.owner);
    const args = interpretArgs(
      names.repository(source.app),
      tree,
      source.file,
      varsFile,
      hasDotEnv,
    );
    const { owner } = source.tree;
    const result = await compose.run({
      args,
      cwd: tree,
      env: {
        PATH: systemPath,
        // `~` in the file is the tree; a docker CLI's settings in it are nobody's.
        HOME: tree,
        DOCKER_CONFIG: folder,
        // Parts of a project that lie elsewhere would be fetched from here.
        COMPOSE_EXPERIMENTAL_GIT_REMOTE: "false",
        COMPOSE_EXPERIMENTAL_OCI_REMOTE: "false",
        ...noGit,
      },
      ...(owner === null ? {} : owner),
      timeoutMs: interpretTimeoutMs,
      memory: interpretMemory,
      signal,
    });
    const show = showing(source, tree);
    return {
      model: modelOf(result, source, show),
      warnings: [
        ...shownWarnings(readSaid(result.stderr).warnings, show),
        ...vars.leftOut.map(
          (key) =>
            `The config var ${key} cannot be given to docker compose: its name is none for a .env file.`,
        ),
      ],
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CommandFailed) {
      throw badProject(
        `docker compose could not read ${source.file} (${error.cause === undefined ? `it has ${interpretTimeoutMs / 1000} s` : messageOf(error.cause)}).`,
        hintFor("", source.file, source.app),
      );
    }
    throw error;
  } finally {
    await cleanUp(log, `remove ${folder}`, () => rm(folder, { recursive: true, force: true }));
  }
}

/** A later env-file wins, so config vars win over the repository's `.env`. */
export function interpretArgs(
  project: string,
  tree: string,
  file: string,
  varsFile: string,
  hasDotEnv: boolean,
): string[] {
  const envFiles = [...(hasDotEnv ? [join(tree, ".env")] : []), varsFile];
  return [
    "--project-directory",
    tree,
    "-p",
    project,
    ...envFiles.flatMap((each) => ["--env-file", each]),
    "-f",
    join(tree, file),
    "config",
    "--format",
    "json",
  ];
}

async function writePrivate(
  folder: string,
  file: string,
  text: string,
  owner: ComposeSource["tree"]["owner"],
): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: "wx" });
  await chmod(folder, 0o700);
  if (owner !== null) {
    await chown(file, owner.uid, owner.gid);
    await chown(folder, owner.uid, owner.gid);
  }
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) {
      return false;
    }
    throw error;
  }
}

async function expectInside(tree: string, file: string): Promise<void> {
  let real = "";
  try {
    real = await realpath(join(tree, file));
  } catch (error) {
    if (!hasErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) {
      throw error;
    }
  }
  if (!real.startsWith(tree + sep)) {
    throw badProject(
      real === "" ? `${file} leads to nothing.` : `${file} leads out of the repository.`,
      "Make it a file of the repository, commit it and push again.",
    );
  }
}

/** Paths as the repository has them, and no value of a var. */
function showing({ vars, tree }: ComposeSource, real: string): (text: string) => string {
  const mask = createMask(vars);
  const folders = [real, tree.folder.replace(/\/+$/, "")];
  return (text) =>
    mask(
      folders.reduce(
        (shown, folder) => shown.replaceAll(`${folder}/`, "").replaceAll(folder, "."),
        text,
      ),
    );
}

function modelOf(
  result: CommandResult,
  { app, file }: ComposeSource,
  show: (text: string) => string,
): unknown {
  if (result.exitCode !== 0) {
    if (outOfMemory.test(result.stderr)) {
      throw badProject(
        `${file} takes more memory to read than it may.`,
        "Look for a very large file that it names (env_file), or for anchors that multiply.",
      );
    }
    const { failure } = readSaid(result.stderr);
    const reason = failure === "" ? "docker compose gave no reason" : show(failure);
    const named = reason.startsWith(file) ? reason : `${file}: ${reason}`;
    throw badProject(`${named}.`, hintFor(reason, file, app));
  }
  try {
    const model: unknown = JSON.parse(result.stdout);
    return model;
  } catch {
    throw badProject(
      `${file} means more to docker compose than Goku can read.`,
      hintFor("", file, app),
    );
  }
}
