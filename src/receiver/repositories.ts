import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { isRepositoryName } from "../app.ts";
import { badRepositoryName, noRoom } from "../errors.ts";
import type { Repositories } from "../ports.ts";
import type { PushRoom } from "./keep-room.ts";
import type { GitService } from "./push.ts";
import { branchRef, noCommit } from "../revision.ts";
import { eachAtOnce } from "../system/each.ts";
import { freeBytes } from "../system/disk.ts";
import { hasErrno } from "../system/errno.ts";
import { formatBytes } from "../system/format-bytes.ts";
import type { Log } from "../system/log.ts";
import { archiveTree, archiveWithSubmodules } from "./repository/archive.ts";
import { createGit, type Owner } from "./repository/git.ts";
import { bringUpToDate, giveTo, templateFolder, writeCommonFiles } from "./repository/layout.ts";
import { readFiles } from "./repository/read-files.ts";
import { conflictingRef, readBranches, readRef } from "./repository/refs.ts";
import { beginWhereShallow } from "./repository/shallow.ts";
import { createSubmoduleCache } from "./repository/submodule-cache.ts";
import { removeStaleFiles } from "./repository/stale-files.ts";

/** Bare repositories as the doors need them, beyond what a deploy does. */
export interface BareRepositories extends Repositories {
  /** What they have to leave of their disk. */
  readonly room: PushRoom;
  /** Before anything else: common files are written, repositories made by an older Goku or by hand brought up to date. */
  start(): Promise<void>;
  /** Its path, or null where there is none. */
  find(repository: string): Promise<string | null>;
  /** A ref that git could not keep beside this one (`feature` beside `feature/x`); null when there is none. */
  conflictingRef(repository: string, ref: string): Promise<string | null>;
  /** Refs of its branches. */
  branches(repository: string): Promise<ReadonlySet<string>>;
  /** Bytes that a push may bring now. @throws noRoom where the disk is too full for any */
  mostOfPush(): Promise<number>;
  /** What git tells a client first: the refs there are, and what it can do. `protocol` is GIT_PROTOCOL. */
  advertise(repository: string, service: GitService, protocol: string): Readable;
}

export interface RepositoriesOptions {
  /** `<data>/repositories` */
  readonly folder: string;
  /** Absolute path of the folder that holds the hooks. */
  readonly hooks: string;
  /** Null: they belong to the user that Goku runs as. */
  readonly owner: Owner | null;
  readonly submoduleCache: string;
  readonly log: Log;
  /** Bytes that have to stay free on its disk; left out: none. */
  readonly diskFloor?: number;
  /** Submodules may come from paths of this machine: for tests. */
  readonly allowFileSubmodules?: boolean;
}

/** Reads one after the other cost the start of a thousand repositories two seconds, and these a quarter of one. */
const readAtOnce = 16;
const maintenanceTimeoutMs = 30 * 60 * 1000;
const submoduleAgeMs = 30 * 24 * 60 * 60 * 1000;

export function createRepositories(options: RepositoriesOptions): BareRepositories {
  const { folder, hooks, owner, log } = options;
  const git = createGit(owner);
  const floor = options.diskFloor ?? 0;
  const full = (free: number) => noRoom(folder, formatBytes(free), formatBytes(floor));
  const room: PushRoom = { folder, floor, full };
  const cache = createSubmoduleCache({
    git,
    folder: options.submoduleCache,
    room,
    owner,
    allowFiles: options.allowFileSubmodules ?? false,
  });

  /** @throws badRepositoryName, so that no name leads out of the folder */
  const pathOf = (repository: string): string => {
    if (!isRepositoryName(repository)) {
      throw badRepositoryName(repository);
    }
    return join(folder, `${repository}.git`);
  };

  const find = async (repository: string): Promise<string | null> => {
    const path = pathOf(repository);
    return (await exists(path)) ? path : null;
  };

  /** Under a name of its own first, so that nobody ever sees half a repository. */
  const create = async (path: string): Promise<void> => {
    const temporary = join(folder, `.${randomBytes(8).toString("hex")}.tmp`);
    const template = `--template=${templateFolder(folder)}`;
    const args = ["init", "--quiet", "--bare", "--initial-branch=main", template, temporary];
    try {
      await git.must(args, { cwd: folder });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      // Another push of the same new repository was faster.
      if (!hasErrno(error, "ENOTEMPTY", "EEXIST")) {
        throw error;
      }
    }
  };

  const list = async (): Promise<string[]> => {
    const names = await readdir(folder);
    return names
      .flatMap((name) => (name.endsWith(".git") ? [name.slice(0, -".git".length)] : []))
      .filter(isRepositoryName)
      .sort();
  };

  return {
    room,

    async start() {
      await writeCommonFiles(folder, hooks, owner);
      await mkdir(options.submoduleCache, { recursive: true, mode: 0o711 });
      await removeUnfinished(folder);
      for (const name of await readdir(options.submoduleCache)) {
        try {
          await giveTo(join(options.submoduleCache, name), owner);
        } catch (error) {
          log.warn({ err: error, name }, "cannot take over what is kept of a submodule");
        }
      }
      await eachAtOnce(await list(), readAtOnce, async (repository) => {
        try {
          await bringUpToDate(git, pathOf(repository), owner);
        } catch (error) {
          log.warn({ err: error, repository }, "cannot bring a repository up to date");
        }
      });
    },

    async prepare(repository) {
      const path = pathOf(repository);
      if (!(await exists(path))) {
        await create(path);
        log.info({ repository }, "created a repository");
      }
      return path;
    },

    find,
    list,

    async remove(repository) {
      const path = pathOf(repository);
      const temporary = join(folder, `.${randomBytes(8).toString("hex")}.tmp`);
      try {
        await rename(path, temporary);
      } catch (error) {
        if (hasErrno(error, "ENOENT")) {
          return;
        }
        throw error;
      }
      await rm(temporary, { recursive: true, force: true });
    },

    tip: async (repository, ref) => readRef(pathOf(repository), ref),
    conflictingRef: async (repository, ref) => conflictingRef(pathOf(repository), ref),
    branches: async (repository) => readBranches(pathOf(repository)),
    readFiles: async (repository, commit, paths) =>
      readFiles(git, pathOf(repository), commit, paths),

    archive(repository, commit, submodules, signal) {
      const path = pathOf(repository);
      return submodules
        ? archiveWithSubmodules(git, cache, path, commit, signal)
        : archiveTree(git, path, commit, signal);
    },

    async moveRef(repository, ref, commit, previous) {
      const path = pathOf(repository);
      await beginWhereShallow(git, path, commit, owner);
      const before = previous ?? noCommit(commit);
      const args = ["update-ref", "-m", "moved by Goku", ref, commit, before];
      const moved = await git.run(args, { cwd: path });
      if (moved.exitCode === 0) {
        return true;
      }
      if ((await readRef(path, ref)) !== previous) {
        return false;
      }
      throw new Error(`git cannot move ${ref} of ${repository}: ${moved.stderr.trim()}`);
    },

    async removeRef(repository, ref) {
      const path = await find(repository);
      if (path !== null) {
        await git.must(["update-ref", "-d", ref], { cwd: path });
      }
    },

    async setHead(repository, branch) {
      const args = ["symbolic-ref", "HEAD", branchRef(branch)];
      await git.must(args, { cwd: pathOf(repository) });
    },

    async mostOfPush() {
      const free = (await freeBytes(folder)) ?? Number.MAX_SAFE_INTEGER;
      if (free <= floor) {
        throw full(free);
      }
      return free - floor;
    },

    advertise(repository, service, protocol) {
      const path = pathOf(repository);
      const args = [service, "--stateless-rpc", "--advertise-refs", path];
      return git.stream(args, { cwd: path, env: { GIT_PROTOCOL: protocol } });
    },

    async maintain(repository, signal) {
      const path = pathOf(repository);
      await removeStaleFiles(path);
      // Objects that nothing refers to yet may belong to a push on its way: git keeps them for two weeks. In a pack of their
      // own, since gits before 2.41 write each down apart, and a delta then takes what it stands for.
      const settings = ["gc.cruftPacks=true", "gc.auto=2000", "gc.autoDetach=false"];
      const flags = settings.flatMap((setting) => ["-c", setting]);
      const args = [...flags, "gc", "--auto", "--quiet"];
      await git.must(args, { cwd: path, timeoutMs: maintenanceTimeoutMs, signal });
    },

    pruneSubmodules: () => cache.prune(submoduleAgeMs),
  };
}

/** Repositories that were being made or removed when Goku was killed. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^\..*\.tmp$/.test(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR")) {
      return false;
    }
    throw error;
  }
}
