import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Rights } from "../../src/store-ports.ts";
import { adminRights } from "../../src/rights.ts";
import { exec, must } from "../support/exec.ts";
import { startWholeWeb, type WholeWeb } from "./whole-web.ts";

/** Stands in the tree and the history of shop. */
export const secret = "the-content-of-shop";
export const zeros = "0".repeat(40);
export const nobody: Rights = { admin: false, deploy: [], read: [] };

export interface TwoRepositories {
  readonly web: WholeWeb;
  /** Where shop's main stands. */
  readonly commit: string;
}

/** The repositories shop and blog; blogger deploys blog, shopper may look at shop, owner is an admin with a key alone. */
export async function startTwoRepositories(): Promise<TwoRepositories> {
  const web = await startWholeWeb();
  const commit = await fill(web, "shop");
  await fill(web, "blog");
  for (const repository of ["shop", "blog"]) {
    web.store.apps.setDefaultBranch(repository, "main");
    web.store.apps.create(repository, "main");
  }
  for (const [name, rights] of [
    ["blogger", { ...nobody, deploy: ["blog"] }],
    ["shopper", { ...nobody, read: ["shop"] }],
  ] as const) {
    web.addKey(name, rights);
    web.addToken(name, rights);
  }
  web.addKey("owner", adminRights);
  return { web, commit };
}

/** A repository whose main branch has one commit with the secret. @returns the commit */
async function fill(web: WholeWeb, repository: string): Promise<string> {
  const work = join(web.folder, "work", repository);
  await mkdir(work, { recursive: true });
  await writeFile(join(work, "Dockerfile"), `FROM scratch\n# ${secret}\n`);
  const path = await web.repositories.prepare(repository);
  const script = `
    set -e
    git init -q -b main; git add -A
    git -c user.name=t -c user.email=t@t commit -q -m ${secret}
    git bundle create -q ../${repository}.bundle main
    git -c safe.directory='*' -C "$1" fetch -q "$PWD/../${repository}.bundle" main:refs/heads/main
    chown -R --reference="$1" "$1"
    git rev-parse HEAD`;
  const ended = await must(exec("sh", ["-c", script, "sh", path], { cwd: work }));
  return ended.stdout.trim();
}
