import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfAny } from "../../system/file.ts";
import type { Git, Owner } from "./git.ts";

/**
 * Makes a commit that came out of a shallow clone the first of its history, as git does when it moves such a ref itself:
 * of one that leads to what is not here, nothing could be cloned or packed.
 * @param object a commit, or a tag of one; for what is not here nothing is done
 */
export async function beginWhereShallow(
  git: Git,
  folder: string,
  object: string,
  owner: Owner | null,
): Promise<void> {
  const parse = ["rev-parse", "--verify", "--quiet", `${object}^{commit}`];
  const parsed = await git.run(parse, { cwd: folder });
  if (parsed.exitCode !== 0) {
    return;
  }
  const commit = parsed.stdout.trim();
  const walk = ["rev-list", "--quiet", commit, "--not", "--all"];
  if ((await git.run(walk, { cwd: folder })).exitCode !== 0) {
    await addLine(join(folder, "shallow"), commit, owner);
  }
}

/** git's own lock keeps pushes away meanwhile. */
async function addLine(path: string, line: string, owner: Owner | null): Promise<void> {
  const lock = `${path}.lock`;
  const file = await open(lock, "wx", 0o644);
  try {
    await file.writeFile(`${(await readFileIfAny(path)) ?? ""}${line}\n`);
    if (owner !== null) {
      await file.chown(owner.uid, owner.gid);
    }
    await file.sync();
    await rename(lock, path);
  } catch (error) {
    await rm(lock, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
