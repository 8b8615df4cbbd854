import { posix } from "node:path";
import { badProject } from "../../errors.ts";
import { visible } from "../../visible.ts";
import { globMatcher, hasWildcard } from "./glob.ts";

/** Every path of the tree may have to be held against each of these characters, on the daemon's own thread. */
export const mostWildcardText = 10_000;
/** Linux's own bound. */
export const longestPath = 4096;
const longestQuote = 80;

interface Rule {
  readonly matches: (path: string) => boolean;
  /** `!pattern` takes back what is left out. */
  readonly keeps: boolean;
}

/**
 * True for paths of the tree that the lines of a `.dockerignore` leave out. The Dockerfile and the file itself stay,
 * because the builder reads them from the same tar.
 * @throws badProject for a pattern that cannot be understood, and for more of them than can be told fast; the result for a
 * path that no file can have
 */
export function ignoredBy(ignore: string, dockerfile: string): (path: string) => boolean {
  const lines = ignore.replace(/^\uFEFF/, "").split("\n");
  const patterns = lines.map(cleanPattern);
  const wildcardText = patterns.filter(hasWildcard).reduce((sum, { length }) => sum + length, 0);
  if (wildcardText > mostWildcardText) {
    throw badProject(
      `The patterns with * ? or [ in .dockerignore have ${wildcardText} characters, and ${mostWildcardText} is the most.`,
      "Name folders rather than many patterns of files in them.",
    );
  }
  const rules = patterns.flatMap((pattern, at) =>
    pattern === "" ? [] : readRule(pattern, at + 1),
  );
  const needed = new Set([dockerfile, ".dockerignore", `${dockerfile}.dockerignore`]);
  return (path) => {
    if (path.length > longestPath) {
      throw badProject(
        `A path of the tree has ${path.length} characters, and no file can have more than ${longestPath}.`,
        "Take the file out of the repository.",
      );
    }
    // The last one that has a word on it counts.
    return !needed.has(path) && rules.findLast(({ matches }) => matches(path))?.keeps === false;
  };
}

/** Empty for a line that says nothing. */
function cleanPattern(line: string): string {
  const text = line.startsWith("#") ? "" : line.trim();
  const [mark, pattern] = text.startsWith("!") ? ["!", text.slice(1).trim()] : ["", text];
  return pattern === "" ? mark : mark + posix.normalize(pattern).replace(/(?<=.)\/$|^\/(?=.)/g, "");
}

function readRule(text: string, line: number): Rule {
  const keeps = text.startsWith("!");
  const pattern = keeps ? text.slice(1) : text;
  const matches = pattern === "" ? null : globMatcher(pattern);
  if (matches === null) {
    throw badProject(
      `.dockerignore line ${line} is not a pattern: ${visible(text.slice(0, longestQuote))}`,
      "Write a class of characters as [a-z], and \\ before a character that is meant as it is.",
    );
  }
  return { matches, keeps };
}
