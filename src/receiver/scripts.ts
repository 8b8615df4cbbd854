import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { clearTemporaries, writeFileAtomically } from "../system/file.ts";
import { runOrThrow } from "../system/process.ts";
import { systemPath } from "../system/system-path.ts";
import type { Owner } from "./repository/git.ts";
import { shellWord } from "./shell-word.ts";

/** `hooks-first` has a pre-receive hook too, for repositories whose default branch the push decides. */
export type HookFolder = "hooks" | "hooks-first";

export interface ScriptsOptions {
  /** The data folder, with the control socket `goku.sock`. */
  readonly data: string;
  readonly owner: Owner | null;
  /** argv that starts octo, for what is neither a push nor a fetch. */
  readonly octo: readonly string[];
}

/** Folders of programs that Goku's doors start. */
export interface Scripts {
  readonly hooks: string;
  /** Has to come first in the daemon's PATH: node-git-server starts git's services by name. */
  readonly bin: string;
  /** The forced command of every key. */
  readonly sshCommand: string;
}

/** The scripts lie in the source; the compiled code is as far below the top as it is. */
const source = join(import.meta.dirname, "../../src/receiver/scripts");

/**
 * Puts the scripts into the data folder, for everybody to run and root alone to change; the git user has to reach
 * them through `data`.
 */
export async function installScripts({ data, owner, octo }: ScriptsOptions): Promise<Scripts> {
  const hooks = join(data, "hooks");
  const hooksFirst = join(data, "hooks-first");
  const bin = join(data, "bin");
  for (const folder of [hooks, hooksFirst, bin]) {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
    await clearTemporaries(folder);
  }
  const sshCommand = join(bin, "ssh-command");
  await install(
    "hook",
    join(hooks, "update"),
    join(hooksFirst, "update"),
    join(hooksFirst, "pre-receive"),
  );
  await install("ssh-command", sshCommand);
  await install("git-service", join(bin, "git-receive-pack"), join(bin, "git-upload-pack"));
  await writeFileAtomically(join(bin, "git-service.env"), await gitServiceEnv(owner), {
    mode: 0o644,
  });
  await writeFileAtomically(join(bin, "octo"), octoScript(octo), { mode: 0o755 });
  return { hooks, bin, sshCommand };
}

async function install(script: string, ...targets: readonly string[]): Promise<void> {
  const text = await readFile(join(source, script));
  for (const target of targets) {
    await writeFileAtomically(target, text, { mode: 0o755 });
  }
}

/** Looked up once here, so that no push has to. */
async function gitServiceEnv(owner: Owner | null): Promise<string> {
  const git = { file: "git", args: ["--exec-path"], env: { PATH: systemPath }, timeoutMs: 10_000 };
  const { stdout } = await runOrThrow(git);
  const values = {
    git_core: stdout.trim(),
    git_path: systemPath,
    git_uid: owner === null ? "" : String(owner.uid),
    git_gid: owner === null ? "" : String(owner.gid),
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${shellWord(value)}\n`)
    .join("");
}

function octoScript(octo: readonly string[]): string {
  return `#!/bin/sh\nexec ${octo.map(shellWord).join(" ")} "$@"\n`;
}
