import { badProject } from "../../errors.ts";
import { isCommit, shortCommit } from "../../revision.ts";
import { readBatch } from "./batch.ts";
import type { Git } from "./git.ts";

/** Bytes a file that Goku reads may have. */
export const maxFileSize = 1024 * 1024;

/**
 * Contents of files at a commit, all read by one git process. Links are followed inside the tree; paths that are
 * absent, a folder or a submodule are left out.
 * @throws badProject when there is no such commit, or a file is too large or not UTF-8
 */
export async function readFiles(
  git: Git,
  folder: string,
  commit: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  if (!isCommit(commit)) {
    throw noSuchCommit(commit);
  }
  const asked = paths.filter(isTreePath);
  const questions = [commit, ...asked.map((path) => `${commit}:${path}`)];
  const output = git.stream(["cat-file", "--batch", "--follow-symlinks"], {
    cwd: folder,
    input: `${questions.join("\n")}\n`,
  });
  const files = new Map<string, string>();
  try {
    const answers = readBatch(output);
    const first = await answers.next();
    mustBeCommit(commit, first.value);
    for (const path of asked) {
      const { value: answer } = await answers.next();
      if (answer?.kind !== "object" || answer.type !== "blob") {
        continue;
      }
      if (answer.size > maxFileSize) {
        throw tooLarge(path, answer.size);
      }
      files.set(path, decode(path, await answer.body()));
    }
  } finally {
    output.destroy();
  }
  return files;
}

/** Questions are lines, and git resolves `.` and `..` against a folder that a bare repository has not. */
function isTreePath(path: string): boolean {
  return (
    !path.includes("\n") && path.split("/").every((part) => part !== "" && !/^\.{1,2}$/.test(part))
  );
}

function mustBeCommit(commit: string, answer: { kind: string; type?: string } | undefined): void {
  if (answer?.kind !== "object") {
    throw noSuchCommit(commit);
  }
  if (answer.type !== "commit") {
    throw badProject(
      `${shortCommit(commit)} is a ${answer.type}, and a branch holds commits.`,
      "Push the commit itself: git push goku 'v1^{commit}:refs/heads/main'",
    );
  }
}

function decode(path: string, content: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw badProject(
      `The file ${path} is not UTF-8 text.`,
      "Save it as UTF-8, commit it and push again.",
    );
  }
}

const noSuchCommit = (commit: string) =>
  badProject(
    `The commit ${commit.slice(0, 64)} is not in the repository.`,
    "Push the branch that holds it.",
  );

const tooLarge = (path: string, size: number) =>
  badProject(
    `The file ${path} has ${size} bytes, and ${maxFileSize} are the most that Goku reads.`,
    "Make it smaller, commit it and push again.",
  );
