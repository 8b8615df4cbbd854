import type { Dialect } from "./dialect.ts";
import { isSpace, trim } from "./white-space.ts";

/** `--name=value` */
export interface Flag {
  readonly name: string;
  readonly value: string;
}

export interface SplitLine {
  /** Upper case. */
  readonly keyword: string;
  /** Without keyword and flags. */
  readonly text: string;
  readonly flags: readonly Flag[];
}

/**
 * A line whose continuations were joined. BuildKit takes each byte of the flags for a letter, so that half of an `à` ends one.
 * https://github.com/moby/buildkit/blob/v0.32.2/frontend/dockerfile/parser/split_command.go
 */
export function splitLine(line: string, escape: string, dialect: Dialect): SplitLine {
  const trimmed = trim(line);
  const { 0: gap = "", index = trimmed.length } = /[\t\v\f\r ]+/.exec(trimmed) ?? {};
  const keyword = lowerCase(trimmed.slice(0, index)).toUpperCase();
  const rest = trimmed.slice(index + gap.length);
  if (!rest.startsWith("--")) {
    return { keyword, text: rest, flags: [] };
  }
  const bytes = Buffer.from(rest).toString("latin1");
  const { flags, end } = readFlags(bytes, escape, dialect);
  return { keyword, text: trim(Buffer.from(bytes.slice(end), "latin1").toString()), flags };
}

/** As Go has it: it knows no letter that becomes two. */
export function lowerCase(text: string): string {
  return text.replaceAll("\u0130", "i").toLowerCase();
}

/** @returns `end`: where what is no flag begins */
function readFlags(line: string, escape: string, dialect: Dialect): { flags: Flag[]; end: number } {
  const flags: Flag[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isSpace(line[at] ?? "")) {
      at += 1;
    }
    if (!line.startsWith("--", at)) {
      return { flags, end: at };
    }
    const { word, end } = readWord(line, at, escape, dialect);
    at = end;
    if (word === "--") {
      return { flags, end };
    }
    const equals = word.indexOf("=");
    const nameEnd = equals === -1 ? word.length : equals;
    flags.push({ name: word.slice(2, nameEnd), value: word.slice(nameEnd + 1) });
  }
}

/** Up to white space outside of quotes, without quotes and escapes. */
function readWord(line: string, from: number, escape: string, dialect: Dialect) {
  let word = "";
  let quote: string | null = null;
  let at = from;
  for (; at < line.length; at += 1) {
    const char = line[at] ?? "";
    if (quote === null && isSpace(char)) {
      break;
    }
    if (char === quote) {
      quote = null;
    } else if (quote === null && (char === '"' || char === "'")) {
      quote = char;
    } else if ((char === "\\" || char === "`") && char === escapeOf(escape, dialect)) {
      at += 1;
      word += line[at] ?? "";
    } else {
      word += char;
    }
  }
  return { word, end: Math.min(at, line.length) };
}

function escapeOf(escape: string, dialect: Dialect): string {
  return escape === "\\" || dialect.has("flag-escape") ? escape : "\\";
}
