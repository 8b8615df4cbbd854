import { chmod, chown, mkdir, readdir, rm, stat } from "node:fs/promises";
import { uptime } from "node:os";
import { basename, join } from "node:path";
import { hasErrno } from "../../system/errno.ts";
import { clearTemporaries, readFileIfAny, writeFileAtomically } from "../../system/file.ts";
import { attributes, gitConfig } from "./git-config.ts";
import type { Git, Owner } from "./git.ts";

/** Below the folder of repositories, which itself is `<data>/repositories`. */
const common = ".goku";
const includePath = `../${common}/git.config`;

export function templateFolder(folder: string): string {
  return join(folder, common, "template");
}

/** What all repositories share: their configuration, and the template that new ones are made from. */
export async function writeCommonFiles(
  folder: string,
  hooks: string,
  owner: Owner | null,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (owner !== null) {
    await chown(folder, owner.uid, owner.gid);
  }
  const template = templateFolder(folder);
  await mkdir(join(template, "info"), { recursive: true });
  for (const each of [join(folder, common), template, join(template, "info")]) {
    await clearTemporaries(each);
  }
  const mode = { mode: 0o644 };
  await writeFileAtomically(join(folder, common, "git.config"), gitConfig(hooks), mode);
  await writeFileAtomically(join(template, "config"), `[include]\n\tpath = ${includePath}\n`, mode);
  await writeFileAtomically(join(template, "info", "attributes"), attributes, mode);
}

/** Makes an existing repository, perhaps one copied here by hand, what `prepare` would make today. */
export async function bringUpToDate(git: Git, folder: string, owner: Owner | null): Promise<void> {
  const config = (await readFileIfAny(join(folder, "config"))) ?? "";
  if (!config.includes(includePath)) {
    await git.must(["config", "--add", "include.path", includePath], { cwd: folder });
  }
  const attributesFile = join(folder, "info", "attributes");
  if ((await readFileIfAny(attributesFile)) !== attributes) {
    await mkdir(join(folder, "info"), { recursive: true });
    const options = { mode: 0o644, ...(owner === null ? {} : { owner }) };
    await writeFileAtomically(attributesFile, attributes, options);
  }
  await clearTemporaries(join(folder, "info"));
  await removeStaleFiles(folder);
}

const hourMs = 60 * 60 * 1000;

/** What a git that was killed leaves. A push takes less than a day, and nothing of it outlives a reboot. */
async function removeStaleFiles(folder: string): Promise<void> {
  await removeStaleLocks(folder);
  const objects = await listPaths(join(folder, "objects"), false);
  const pushes = objects.filter((path) => basename(path).startsWith("tmp_objdir-"));
  await Promise.all(pushes.map((path) => removeOlder(path, 24 * hourMs)));
}

/**
 * A lock of a git that was killed would refuse every later push. Git holds one for seconds at most, and none outlives a
 * reboot.
 */
export async function removeStaleLocks(folder: string): Promise<void> {
  const paths = [
    ...(await listPaths(folder, false)),
    ...(await listPaths(join(folder, "refs"), true)),
  ];
  const locks = paths.filter((path) => path.endsWith(".lock"));
  await Promise.all(locks.map((path) => removeOlder(path, hourMs)));
}

async function removeOlder(path: string, ageMs: number): Promise<void> {
  const limit = Math.min(ageMs, uptime() * 1000);
  const changedAt = (await ifThere(stat(path)))?.mtimeMs ?? Infinity;
  if (changedAt < Date.now() - limit) {
    await rm(path, { recursive: true, force: true });
  }
}

async function listPaths(folder: string, recursive: boolean): Promise<string[]> {
  const names = (await ifThere(readdir(folder, { recursive }))) ?? [];
  return names.map((name) => join(folder, name));
}

async function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return null;
    }
    throw error;
  }
}
