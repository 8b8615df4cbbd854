import { createHash, randomBytes } from "node:crypto";
import { chown, mkdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { badProject } from "../../errors.ts";
import { type Room, whileRoom } from "../../system/disk.ts";
import { hasErrno } from "../../system/errno.ts";
import { namesIn } from "../../system/file.ts";
import { type CommandResult, CommandFailed } from "../../system/process.ts";
import { attributes } from "./git-config.ts";
import { fetchProtocols, submoduleSource, type SubmoduleSource } from "./submodule-url.ts";
import type { Git, Owner } from "./git.ts";
import type { Submodule } from "./submodule-list.ts";

export interface SubmoduleCache {
  /**
   * A bare repository that holds the submodule's commit, fetched from its origin where it is not here yet.
   * @returns its path
   * @throws badProject naming the submodule when it cannot be had
   */
  fetch(submodule: Submodule, signal: AbortSignal): Promise<string>;
  /** Removes what no deploy has used for `ageMs`. */
  prune(ageMs: number): Promise<void>;
}

export interface SubmoduleCacheOptions {
  readonly git: Git;
  readonly folder: string;
  readonly owner: Owner | null;
  readonly room: Room;
  /** Follow URLs that are paths of this machine: for tests. */
  readonly allowFiles: boolean;
}

export const fetchTimeoutMs = 120_000;

/**
 * One small repository per (URL, commit): complete from the moment it has its name and never changed again, so that
 * deploys that run at one time need no lock.
 */
export function createSubmoduleCache(options: SubmoduleCacheOptions): SubmoduleCache {
  const { git, folder, owner, room, allowFiles } = options;

  const fill = async (submodule: Submodule, path: string, signal: AbortSignal): Promise<void> => {
    const source = submoduleSource(submodule.path, submodule.url, allowFiles);
    const temporary = temporaryIn(folder);
    try {
      await mkdir(temporary, { mode: 0o700 });
      if (owner !== null) {
        await chown(temporary, owner.uid, owner.gid);
      }
      await git.must(["init", "--quiet", "--bare", "--template="], { cwd: temporary });
      await mkdir(join(temporary, "info"));
      await writeFile(join(temporary, "info", "attributes"), attributes);
      await whileRoom(room, async (full) => {
        const stop = AbortSignal.any([signal, full]);
        await fetchCommit(git, temporary, submodule, source, allowFiles, stop);
      });
      await rename(temporary, path);
    } catch (error) {
      // Another deploy was faster with the same commit.
      if (!hasErrno(error, "ENOTEMPTY", "EEXIST")) {
        throw error;
      }
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  };

  return {
    async fetch(submodule, signal) {
      const key = createHash("sha256").update(`${submodule.commit} ${submodule.url}`).digest("hex");
      const path = join(folder, `${key}.git`);
      try {
        const now = new Date();
        await utimes(path, now, now);
        return path;
      } catch (error) {
        if (!hasErrno(error, "ENOENT")) {
          throw error;
        }
      }
      await mkdir(folder, { recursive: true });
      await fill(submodule, path, signal);
      return path;
    },

    async prune(ageMs) {
      const names = await namesIn(folder);
      for (const path of names.map((name) => join(folder, name))) {
        if ((await stat(path)).mtimeMs < Date.now() - ageMs) {
          const temporary = temporaryIn(folder);
          await rename(path, temporary);
          await rm(temporary, { recursive: true, force: true });
        }
      }
    },
  };
}

const temporaryIn = (folder: string) => join(folder, `.${randomBytes(8).toString("hex")}.tmp`);

/** The commit alone where the origin gives single commits away, everything where it does not. */
async function fetchCommit(
  git: Git,
  folder: string,
  submodule: Submodule,
  source: SubmoduleSource,
  allowFiles: boolean,
  signal: AbortSignal,
): Promise<void> {
  const fetch = async (...args: readonly string[]): Promise<CommandResult> =>
    git.run([...fetchSettings(allowFiles), "fetch", "--quiet", "--no-tags", ...args], {
      cwd: folder,
      env: fetchEnvironment(source),
      timeoutMs: fetchTimeoutMs,
      signal,
    });
  try {
    const { commit } = submodule;
    const one = await fetch("--depth=1", source.url, commit);
    if (one.exitCode === 0) {
      return;
    }
    const all = await fetch(source.url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*");
    if (all.exitCode !== 0) {
      throw unreachable(submodule, source, reasonOf(all.stderr));
    }
    const found = await git.run(["cat-file", "-e", `${commit}^{commit}`], { cwd: folder });
    if (found.exitCode !== 0) {
      throw unreachable(submodule, source, `it has no commit ${commit}`);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CommandFailed) {
      throw unreachable(submodule, source, error.message);
    }
    throw error;
  }
}

function fetchSettings(allowFiles: boolean): string[] {
  const allowed = [...fetchProtocols, ...(allowFiles ? ["file"] : [])];
  const settings = [
    "protocol.allow=never",
    ...allowed.map((protocol) => `protocol.${protocol}.allow=always`),
    "fetch.fsckObjects=true",
    "gc.auto=0",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
  ];
  return settings.flatMap((setting) => ["-c", setting]);
}

/** A password reaches git by the environment, which only the git user and root can read; an argv is for everybody. */
function fetchEnvironment({ url, authorization }: SubmoduleSource): Record<string, string> {
  const ssh = "ssh -o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=accept-new";
  const header = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${url}.extraHeader`,
    GIT_CONFIG_VALUE_0: authorization ?? "",
  };
  return { GIT_SSH_COMMAND: ssh, ...(authorization === null ? {} : header) };
}

/** The first line says what went wrong; git's last ones are advice for somebody at a terminal. */
function reasonOf(stderr: string): string {
  const line = stderr.split("\n").find((text) => text !== "" && !text.startsWith("Warning: "));
  return line?.replace(/^(?:fatal|error|remote): /, "") ?? "git does not say why";
}

const unreachable = ({ path }: Submodule, { url }: SubmoduleSource, why: string) =>
  badProject(
    `The submodule "${path}" could not be fetched from ${url}: ${why.replace(/\.$/, "")}.`,
    "Make it readable for this server (public, or with a token in its URL), or commit its files to the repository itself.",
  );
