import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exec, must } from "../support/exec.ts";
import type { WholeWeb } from "./whole-web.ts";

/** What the only commit of a repository holds. */
export interface OneFile {
  readonly name: string;
  readonly content: string | Buffer;
  readonly message?: string;
}

/** Gives a repository one commit with one file, on its default branch main, and the app of it. */
export async function fillRepository(
  web: WholeWeb,
  repository: string,
  { name, content, message = "x" }: OneFile,
): Promise<{ path: string; commit: string }> {
  const work = join(web.folder, "work", repository);
  await mkdir(work, { recursive: true });
  await writeFile(join(work, name), content);
  const path = await web.repositories.prepare(repository);
  const script = `
    set -e
    git init -q -b main; git add -A
    git -c user.name=t -c user.email=t@t commit -q -m "$2"
    git bundle create -q ../bundle main
    git -c safe.directory='*' -C "$1" fetch -q "$PWD/../bundle" main:refs/heads/main
    chown -R --reference="$1" "$1"
    git rev-parse HEAD`;
  const ended = await must(exec("sh", ["-c", script, "sh", path, message], { cwd: work }));
  web.store.apps.setDefaultBranch(repository, "main");
  web.store.apps.create(repository, "main");
  return { path, commit: ended.stdout.trim() };
}
