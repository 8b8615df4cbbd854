import { closest, edits } from "../../nearest.ts";
import type { CommentLine } from "../dockerfile/instructions.ts";
import { dockerfileName } from "../project-files.ts";
import { keywords } from "./magic-line.ts";

/** More than these, and it is another word. */
const mostSlips = 2;

/**
 * A note on a comment that is nearly one of Goku's own: in capitals, and a letter or two amiss, or not one space after the #.
 * Nobody mistypes the first letter: `# PLEASE` is no `# RELEASE`.
 */
export function misspeltNote({ line, text }: CommentLine): string | null {
  const [, written = "", word = ""] = /^(#\s*([A-Z_-]{3,32}))(?![^\s:;.,!])/.exec(text) ?? [];
  const meant = closest(word, keywords);
  const isLike = meant?.[0] === word[0] && edits(word, meant ?? "") <= mostSlips;
  return meant !== null && isLike && written !== `# ${meant}`
    ? `${dockerfileName} line ${line}: ${written} means nothing to Goku; did you mean # ${meant}?`
    : null;
}
