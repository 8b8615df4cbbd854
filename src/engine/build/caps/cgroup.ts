import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasErrno } from "../../../system/errno.ts";
import { type BuildLimits, type CgroupVersion, type LimitFile, limitFiles } from "./limits.ts";

/** Of cgroup version 1; the last counts what the first gives. */
const controllers = ["cpu", "memory", "cpuacct"] as const;
export type Controller = (typeof controllers)[number] | "cpuset";

/** Folders that make up the cgroup `path`: one, or one for each controller. */
export function cgroupFolders(
  root: string,
  version: CgroupVersion,
  path: string,
  ofControllers: readonly Controller[],
): string[] {
  return version === 2
    ? [join(root, path)]
    : ofControllers.map((controller) => join(root, controller, path));
}

/** The cgroup exists and has the limits. */
export async function limitCgroup(
  root: string,
  version: CgroupVersion,
  path: string,
  limits: BuildLimits,
): Promise<void> {
  await (version === 2 ? makeUnified(root, path) : makeSplit(root, path));
  const files = limitFiles(version, limits);
  const folderOf = ({ controller }: LimitFile) =>
    version === 2 ? join(root, path) : join(root, controller, path);
  const write = async (file: LimitFile) => writeLimit(join(folderOf(file), file.file), file);
  try {
    await inOrder(files, write);
  } catch (error) {
    // Memory alone may never have more than memory and swap together, not even for a moment.
    if (!hasErrno(error, "EINVAL")) {
      throw error;
    }
    await inOrder(files.toReversed(), write);
  }
}

async function inOrder(
  files: readonly LimitFile[],
  write: (file: LimitFile) => Promise<void>,
): Promise<void> {
  for (const file of files) {
    await write(file);
  }
}

/** An optional file may be missing. */
export async function writeLimit(
  path: string,
  { value, optional }: Pick<LimitFile, "value" | "optional">,
): Promise<void> {
  try {
    // The kernel makes these files; where one is missing, none may be created.
    await writeFile(path, value, { flag: "r+" });
  } catch (error) {
    if (!optional || !hasErrno(error, "ENOENT")) {
      throw error;
    }
  }
}

async function makeSplit(root: string, path: string): Promise<void> {
  // A missing controller must be an error, not a folder of ours.
  await Promise.all(controllers.map((controller) => readdir(join(root, controller))));
  const folders = cgroupFolders(root, 1, path, controllers);
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
}

/** In version 2, each cgroup says which controllers those in it have. */
async function makeUnified(root: string, path: string): Promise<void> {
  let folder = root;
  for (const name of path.split("/").filter((part) => part !== "")) {
    await writeFile(join(folder, "cgroup.subtree_control"), "+cpu +memory", { flag: "r+" });
    folder = join(folder, name);
    await mkdir(folder, { recursive: true });
  }
}

/** Moves every process of one cgroup to another. Processes and cgroups that are gone meanwhile are no error. */
export async function moveProcesses(from: string, to: string): Promise<void> {
  const pids = await orEmpty(readFile(join(from, "cgroup.procs"), "utf8"), "");
  for (const pid of pids.split("\n").filter((line) => line !== "")) {
    await orEmpty(writeFile(join(to, "cgroup.procs"), pid, { flag: "r+" }), undefined);
  }
}

/** Names in a cgroup; none when it is gone. */
export async function childrenOf(folder: string): Promise<string[]> {
  return orEmpty(readdir(folder), []);
}

async function orEmpty<T>(call: Promise<T>, empty: T): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ESRCH", "ENODEV")) {
      return empty;
    }
    throw error;
  }
}
