import { chmod, chown, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { clearTemporaries, readFileIfAny, writeFileAtomically } from "../../system/file.ts";
import { attributes, gitConfig } from "./git-config.ts";
import { runOrThrow } from "../../system/process.ts";
import type { Git, Owner } from "./git.ts";
import { removeStaleFiles } from "./stale-files.ts";

/** Below the folder of repositories, which itself is `<data>/repositories`. */
const common = ".goku";
const includePath = `../${common}/git.config`;
const chownTimeoutMs = 600_000;

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
  await giveTo(folder, owner);
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

/** With all that is in it, where it is somebody else's: in a backup of another server the same user has another number. */
export async function giveTo(folder: string, owner: Owner | null): Promise<void> {
  if (owner !== null && (await lstat(folder)).uid !== owner.uid) {
    const args = ["--recursive", "--no-dereference", `${owner.uid}:${owner.gid}`, "--", folder];
    await runOrThrow({ file: "chown", args, timeoutMs: chownTimeoutMs });
  }
}
