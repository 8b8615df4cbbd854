import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Ended, exec, must } from "./exec.ts";

/** Texts by their paths. */
export type Files = Readonly<Record<string, string>>;

/** Somebody's working copies, each in a folder of its repository's name. */
export class WorkingCopies {
  readonly #folder: string;
  readonly #env: Record<string, string>;

  constructor(folder: string, env: Record<string, string>) {
    this.#folder = folder;
    this.#env = env;
  }

  of(repository: string): string {
    return join(this.#folder, repository);
  }

  git(repository: string, ...args: string[]): Promise<Ended> {
    return exec("git", args, { cwd: this.of(repository), env: this.#env });
  }

  /** Makes these files the whole tree of the branch and commits it. */
  async commit(repository: string, files: Files, branch: string): Promise<void> {
    await this.#checkOut(repository, branch);
    const work = this.of(repository);
    const present = (await readdir(work)).filter((name) => name !== ".git");
    await Promise.all(present.map((name) => rm(join(work, name), { recursive: true })));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
    }
    await must(this.git(repository, "add", "-A"));
    await must(this.git(repository, "commit", "-q", "--allow-empty", "-m", "change"));
  }

  /** The branch is made where it is missing, and so is the repository. */
  async #checkOut(repository: string, branch: string): Promise<void> {
    const work = this.of(repository);
    await mkdir(work, { recursive: true });
    const isNew = !(await readdir(work)).includes(".git");
    if (isNew) {
      await exec("git", ["init", "-q", "-b", branch, work], { env: this.#env });
    }
    const on = await this.git(repository, "symbolic-ref", "--short", "HEAD");
    if (on.stdout.trim() !== branch) {
      const old = await this.git(repository, "checkout", "-q", branch);
      if (old.status !== 0) {
        await must(this.git(repository, "checkout", "-q", "-b", branch));
      }
    }
  }
}
