import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfAny } from "../../system/file.ts";
import type { Git, Owner } from "./git.ts";

/** What git says of a parent that is not here at all; damaged objects and refs get other words. */
const parentMissing = /^error: Could not read [0-9a-f]{40,64}$/m;

/**
 * Makes a commit that came out of a shallow clone the first of its history, as git does when it moves such a ref itself:
 * of one that leads to what is not here, nothing could be cloned or packed.
 * @param object a commit, or a tag of one; for what is not here nothing is done
 * @throws where git does not say whether its history is whole: what is cut off wrongly is lost
 */
export async function beginWhereShallow(
  git: Git,
  folder: string,
  object: string,
  owner: Owner | null,
): Promise<void> {
  const parse = ["rev-parse", "--verify", "--quiet", `${object}^{commit}`];
  const parsed = await git.run(parse, { cwd: folder });
  if (parsed.signal !== null) {
    throw new Error(`git cannot look for ${object}: ${parsed.signal}`);
  }
  if (parsed.exitCode !== 0) {
    return;
  }
  const commit = parsed.stdout.trim();
  // Refs that a power cut emptied are not this history's fault.
  const walk = ["rev-list", "--quiet", "--ignore-missing", commit, "--not", "--all"];
  const walked = await git.run(walk, { cwd: folder });
  if (walked.exitCode === 0) {
    return;
  }
  if (!parentMissing.test(walked.stderr)) {
    const reason = walked.signal ?? walked.stderr.trim();
    throw new Error(`git cannot follow the history of ${commit}: ${reason}`);
  }
  await addLine(join(folder, "shallow"), commit, owner);
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
