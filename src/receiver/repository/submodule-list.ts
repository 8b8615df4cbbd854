import { badProject } from "../../errors.ts";
import { withoutEnd } from "../../without-end.ts";
import { readFiles } from "./read-files.ts";
import type { Git } from "./git.ts";

/** A submodule as a commit has it. */
export interface Submodule {
  readonly path: string;
  readonly commit: string;
  /** As .gitmodules has it. */
  readonly url: string;
}

const file = ".gitmodules";

/** The submodules of a commit that .gitmodules names and the tree holds; those with `update = none` are left out. */
export async function listSubmodules(
  git: Git,
  folder: string,
  commit: string,
): Promise<Submodule[]> {
  const text = (await readFiles(git, folder, commit, [file])).get(file);
  if (text === undefined) {
    return [];
  }
  const config = await git.run(["config", "--file", "-", "--no-includes", "--null", "--list"], {
    cwd: folder,
    input: text,
  });
  if (config.exitCode !== 0) {
    throw badProject(
      `The file ${file} cannot be understood: ${config.stderr.trim()}.`,
      "Correct it, commit it and push again.",
    );
  }
  const urls = parseModules(config.stdout);
  if (urls.size === 0) {
    return [];
  }
  const args = ["--literal-pathspecs", "ls-tree", "--full-tree", "-z", commit, "--"];
  const tree = await git.must([...args, ...urls.keys()], { cwd: folder });
  return parseTree(tree.stdout).flatMap(({ mode, object, path }) => {
    const url = urls.get(path);
    return mode === gitlinkMode && url !== undefined ? [{ path, commit: object, url }] : [];
  });
}

/** Of `git config --null --list`: path to URL. */
export function parseModules(list: string): Map<string, string> {
  const modules = new Map<string, Map<string, string>>();
  for (const entry of list.split("\0")) {
    const end = entry.indexOf("\n");
    const match = /^submodule\.(.+)\.(path|url|update)$/s.exec(entry.slice(0, end));
    if (end === -1 || match === null) {
      continue;
    }
    const [, name = "", key = ""] = match;
    const module = modules.get(name) ?? new Map<string, string>();
    modules.set(name, module.set(key, entry.slice(end + 1)));
  }
  return new Map(
    [...modules.values()].flatMap((module) => {
      const path = module.get("path");
      const url = module.get("url");
      const wanted = path !== undefined && url !== undefined && module.get("update") !== "none";
      return wanted ? [[withoutEnd(path, /\//), url]] : [];
    }),
  );
}

const gitlinkMode = "160000";

function parseTree(list: string): { mode: string; object: string; path: string }[] {
  return list.split("\0").flatMap((entry) => {
    const match = /^(\d+) \w+ ([0-9a-f]+)\t(.+)$/s.exec(entry);
    return match === null
      ? []
      : [{ mode: match[1] ?? "", object: match[2] ?? "", path: match[3] ?? "" }];
  });
}
