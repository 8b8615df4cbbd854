import type { Dialect } from "./dialect.ts";
import { shellWords } from "./shell-words.ts";
import { type SplitLine, splitLine } from "./split-line.ts";
import { Unread } from "./unread.ts";
import { trimStart } from "./white-space.ts";

export interface Heredoc {
  /** The line it ends with. */
  readonly name: string;
  /** Tabs before that one do not count. */
  readonly chomps: boolean;
}

/**
 * Heredocs that begin on a line, in their order.
 * https://github.com/moby/buildkit/blob/v0.32.2/frontend/dockerfile/parser/parser.go
 * @param line its continuations joined
 * @throws Unread, TooDeep
 */
export function heredocsOf(
  line: string,
  split: SplitLine,
  escape: string,
  dialect: Dialect,
): Heredoc[] {
  if (!line.includes("<<")) {
    return [];
  }
  const inner = split.keyword === "ONBUILD" ? splitLine(split.text, escape, dialect) : split;
  if (!["ADD", "COPY", "RUN"].includes(inner.keyword) || isArray(inner.text, dialect)) {
    return [];
  }
  const words = shellWords(line, { quotes: true, escapes: true }, dialect) ?? [];
  return words.flatMap((word) => heredoc(word, dialect) ?? []);
}

function heredoc(word: string, dialect: Dialect): Heredoc | null {
  const [, dash = "", rest = ""] = /^\d*<<(-?)[\t\n\f\r ]*([^<]*)$/.exec(word) ?? [];
  if (rest === "") {
    return null;
  }
  const names = shellWords(rest, { quotes: false, escapes: false }, dialect);
  if (names !== null && names.length !== 1) {
    return null;
  }
  const quoted = shellWords(rest, { quotes: true, escapes: false }, dialect);
  if (names === null || quoted?.length !== 1) {
    throw new Unread("The name of the heredoc cannot be read.");
  }
  return { name: names[0] ?? "", chomps: dash === "-" };
}

/** `["sh", "-c", "cat <<x"]` @throws Unread for an array of anything else */
function isArray(text: string, dialect: Dialect): boolean {
  const from = trimStart(text);
  if (!from.startsWith("[")) {
    return false;
  }
  const end = endOfArray(from);
  const hasRest = end < from.length;
  const value = parse(from.slice(0, end));
  if (value === null || (hasRest && dialect.has("whole-arrays"))) {
    return false;
  }
  if (!value.every((each) => typeof each === "string")) {
    throw new Unread("An array of anything but strings is no command.");
  }
  return true;
}

/** Behind the bracket that closes the first one. */
function endOfArray(text: string): number {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (isQuoted) {
      at += char === "\\" ? 1 : 0;
      isQuoted = char !== '"';
    } else if (char === '"') {
      isQuoted = true;
    } else if (char === "[" || char === "]") {
      depth += char === "[" ? 1 : -1;
    }
    if (depth === 0) {
      return at + 1;
    }
  }
  return text.length;
}

function parse(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
