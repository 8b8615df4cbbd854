import { mkdir, rm, writeFile, chmod } from "node:fs/promises";
import { dirname, join } from "node:path";
import { extract } from "tar-stream";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type BareRepositories, createRepositories } from "../../../src/receiver/repositories.ts";
import { gitUser } from "../../support/git-user.ts";
import { exec, must } from "../../support/exec.ts";
import { silentLog } from "../../support/silent-log.ts";
import { quickFolder } from "../../support/quick-folder.ts";

/** Repositories as a Goku has them, and working copies to fill them from; no doors. */
export interface Shelf {
  readonly folder: string;
  readonly repositories: BareRepositories;
  /** git in the folder of a working copy or repository; its trimmed output. */
  readonly git: (cwd: string, ...args: readonly string[]) => Promise<string>;
  /** A working copy with one commit. */
  readonly work: (name: string, files: Files) => Promise<string>;
  /** Gives a folder to the owner of the repositories: git serves no other repository to them. */
  readonly lend: (path: string) => Promise<void>;
  /** The commit's id. */
  readonly commit: (work: string, files: Files) => Promise<string>;
  /** Puts a working copy's HEAD into a repository, as a push would have. @returns the commit */
  readonly put: (work: string, repository: string, ref?: string) => Promise<string>;
  readonly destroy: () => Promise<void>;
}

export type Files = Readonly<Record<string, string | Buffer>>;

export async function createShelf(): Promise<Shelf> {
  const folder = quickFolder("goku-shelf-");
  await chmod(folder, 0o755);
  const owner = await gitUser();
  const trusting = join(folder, "gitconfig");
  const settings = [
    "[safe]\n\tdirectory = *",
    "[user]\n\tname = tester\n\temail = tester@goku.test",
    '[protocol "file"]\n\tallow = always',
    `[core]\n\thooksPath = ${join(folder, "none")}`,
  ];
  await writeFile(trusting, settings.join("\n"));
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, GIT_CONFIG_GLOBAL: trusting };
  const repositories = createRepositories({
    folder: join(folder, "repositories"),
    hooks: join(folder, "hooks"),
    owner,
    submoduleCache: join(folder, "submodules"),
    log: silentLog(),
    allowFileSubmodules: true,
  });
  await repositories.start();

  const git = async (cwd: string, ...args: readonly string[]) =>
    (await must(exec("git", args, { cwd, env }))).stdout.trim();

  const commit = async (work: string, files: Files) => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), content);
    }
    await git(work, "add", "-A");
    await git(work, "commit", "-q", "--allow-empty", "-m", "change");
    return git(work, "rev-parse", "HEAD");
  };

  return {
    folder,
    repositories,
    git,
    commit,
    async work(name, files) {
      const path = join(folder, "work", name);
      await mkdir(path, { recursive: true });
      await git(path, "init", "-q", "-b", "main");
      await commit(path, files);
      return path;
    },
    async lend(path) {
      if (owner !== null) {
        await must(exec("chown", ["-R", `${owner.uid}:${owner.gid}`, path]));
      }
    },
    async put(work, repository, ref = "refs/heads/main") {
      const path = await repositories.prepare(repository);
      const head = await git(work, "rev-parse", "HEAD");
      const asOwner =
        owner === null ? [] : [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"];
      // As the owner, so that everything in it belongs to them.
      await must(
        exec("setpriv", [...asOwner, "git", "-C", path, "fetch", "-q", work, `+HEAD:${ref}`], {
          env,
        }),
      );
      return head;
    },
    destroy: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface TarEntry {
  readonly type: string;
  readonly mode: number;
  readonly content: string;
}

/** Names to entries; a folder's name ends in a slash. @throws where a name comes twice */
export async function readTar(tar: Readable): Promise<Map<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  const unpack = extract();
  const reading = pipeline(tar, unpack);
  reading.catch((error: Error) => unpack.destroy(error));
  for await (const entry of unpack) {
    const { name, type, mode, linkname } = entry.header;
    const body = await buffer(entry);
    if (entries.has(name)) {
      throw new Error(`${name} is there twice`);
    }
    const content = type === "symlink" ? (linkname ?? "") : body.toString();
    entries.set(name, { type: type ?? "", mode: mode ?? 0, content });
  }
  await reading;
  return entries;
}
