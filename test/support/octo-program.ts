import { copyFile, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { exec, must } from "./exec.ts";

const root = resolve(import.meta.dirname, "../..");

/** octo as people have it: a program that starts quickly. */
export interface OctoProgram {
  readonly argv: readonly [node: string, script: string];
  remove(): Promise<void>;
}

/** Translates it, without a look at the types. */
export async function makeOcto(): Promise<OctoProgram> {
  const folder = await mkdtemp(join(tmpdir(), "goku-octo-"));
  await copyFile(join(root, "package.json"), join(folder, "package.json"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const place = ["--outDir", join(folder, "dist"), "--incremental", "false"];
  const args = ["-p", "tsconfig.build.json", "--noCheck", "--tsBuildInfoFile", "null", ...place];
  await must(exec(join(root, "node_modules/.bin/tsc"), args, { cwd: root }));
  return {
    argv: [process.execPath, join(folder, "dist/bin/octo.js")],
    remove: () => rm(folder, { recursive: true }),
  };
}
